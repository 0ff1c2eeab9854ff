'use strict';

// What an edit prompt takes from its caption and what it adds: the words outside of a longest common subsequence.
const words = (() => {
  const MOST_PAIRS = 250000;
  const segmenter = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter('en', { granularity: 'word' }) : null;
  const blank = text => /^\s+$/u.test(text);

  function split(text) {
    return segmenter
      ? Array.from(segmenter.segment(text), part => part.segment)
      : text.match(/\s+|[\p{L}\p{M}\p{N}]+|[^\s]/gu) || [];
  }

  // lengths of the longest common subsequences of what is left from each place on
  function lengths(a, b) {
    const width = b.length + 1;
    const table = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        table[i * width + j] = a[i] === b[j]
          ? table[(i + 1) * width + j + 1] + 1
          : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
      }
    }
    return (i, j) => table[i * width + j];
  }

  // for each word of the one and of the other whether it is in both, in order
  function common(a, b) {
    const inA = new Array(a.length).fill(false);
    const inB = new Array(b.length).fill(false);
    let start = 0;
    let end = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) {
      inA[start] = inB[start] = true;
      start++;
    }
    while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
      inA[a.length - 1 - end] = inB[b.length - 1 - end] = true;
      end++;
    }
    const middleA = a.slice(start, a.length - end);
    const middleB = b.slice(start, b.length - end);
    if (middleA.length * middleB.length > MOST_PAIRS) {
      return [inA, inB];
    }
    const length = lengths(middleA, middleB);
    for (let i = 0, j = 0; i < middleA.length && j < middleB.length;) {
      if (middleA[i] === middleB[j]) {
        inA[start + i++] = inB[start + j++] = true;
      } else if (length(i + 1, j) >= length(i, j + 1)) {
        i++;
      } else {
        j++;
      }
    }
    return [inA, inB];
  }

  // [[text, whether it differs], ...]; blanks are marked only between two words that are
  function pieces(parts, same) {
    const result = [];
    let at = 0;
    let blanks = '';
    for (const part of parts) {
      if (blank(part)) {
        blanks += part;
        continue;
      }
      const differs = !same[at++];
      const last = result[result.length - 1];
      if (last && last[1] === differs) {
        last[0] += blanks + part;
      } else if (last && differs) {
        last[0] += blanks;
        result.push([part, true]);
      } else {
        result.push([blanks + part, differs]);
      }
      blanks = '';
    }
    return result;
  }

  function compared(before, after) {
    const a = split(before.trim());
    const b = split(after.trim());
    const lower = parts => parts.filter(part => !blank(part)).map(part => part.toLowerCase());
    const [inA, inB] = common(lower(a), lower(b));
    return [pieces(a, inA), pieces(b, inB)];
  }

  return { compared };
})();
