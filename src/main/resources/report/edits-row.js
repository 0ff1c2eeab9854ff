
// The rows as they stand in the page, and how one is shown. Texts become text nodes and nothing else.
const rows = (() => {
  const PANELS = ['original', 'reconstruction', 'edit', 'mask'];
  const TINY = 128;
  const FIXED = 9;

  const data = JSON.parse(document.getElementById('data').textContent);
  const columns = data.columns.map(([label, digits]) => ({ label, digits }));
  const methods = data.methods.map(([name, colour]) => ({ name, colour }));
  const all = data.rows.map((row, at) => ({
    at,
    id: data.texts[row[0]],
    method: row[1],
    control: row[2],
    edit: row[3],
    caption: data.texts[row[4]],
    prompt: data.texts[row[5]],
    // each part by itself, so that the name of a file is never anything else
    address: row[6] && row[6].split('/').map(encodeURIComponent).join('/'),
    code: row[7],
    message: row[8],
    failed: row[7] !== null,
    numbers: columns.map((column, i) => row[FIXED + i] === null ? NaN : Number(row[FIXED + i]))
  }));
  const severalEdits = all.some(entry => entry.edit !== all[0].edit);
  // before the first picture is there, nothing says whether rows have masks; then the next are likely to be like it
  let expectedPanels = 3;

  function element(name, style, ...children) {
    const one = document.createElement(name);
    if (style) {
      one.className = style;
    }
    one.append(...children);
    return one;
  }

  function swatch(colour) {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    const circle = document.createElementNS(space, 'circle');
    const set = (node, attributes) => Object.entries(attributes).forEach(([k, v]) => node.setAttribute(k, v));
    set(svg, { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' });
    set(circle, { cx: 5, cy: 5, r: 5, fill: colour });
    svg.append(circle);
    return svg;
  }

  function number(value, digits) {
    if (Number.isNaN(value)) {
      return '–';
    }
    if (!Number.isFinite(value)) {
      return value > 0 ? '∞' : '−∞';
    }
    const text = value.toFixed(digits);
    return Number(text) < 0 ? text.replace('-', '−') : text.replace('-', '');
  }

  function title(entry) {
    return [entry.id, methods[entry.method].name, data.controls[entry.control],
      severalEdits ? `edit ${entry.edit}` : ''].filter(Boolean).join(' · ');
  }

  function heading(entry) {
    const chips = [element('span', 'chip', swatch(methods[entry.method].colour), methods[entry.method].name)];
    if (data.controls[entry.control]) {
      chips.push(element('span', 'chip', data.controls[entry.control]));
    }
    if (severalEdits) {
      chips.push(element('span', 'chip', `edit ${entry.edit}`));
    }
    return element('h3', '', element('span', 'id', entry.id), ...chips);
  }

  function prompts(entry) {
    const [before, after] = words.compared(entry.caption, entry.prompt);
    const line = (pieces, mark) => pieces.length
      ? pieces.map(([text, differs]) => differs ? element(mark, '', text) : text)
      : [element('span', 'none', '–')];
    return element('dl', 'prompts',
      element('dt', '', 'caption'), element('dd', '', ...line(before, 'del')),
      element('dt', '', 'edit'), element('dd', '', ...line(after, 'ins')));
  }

  function numbers(entry, sorted) {
    return element('dl', 'numbers', ...columns.map((column, i) => element('div', i === sorted ? 'sorted' : '',
      element('dt', '', column.label), element('dd', '', number(entry.numbers[i], column.digits)))));
  }

  // shows one of the panels of a strip in a square
  function place(image, panel, count) {
    image.style.objectPosition = `${100 * panel / (count - 1)}% 0`;
    image.classList.toggle('tiny', image.naturalHeight > 0 && image.naturalHeight <= TINY);
  }

  const count = image => Math.min(PANELS.length, Math.max(2, Math.round(image.naturalWidth / image.naturalHeight)));

  function missing(...children) {
    return element('div', 'missing', ...children);
  }

  // an image for each panel, all of the same file
  function panels(entry, open) {
    const box = element('div', 'panels');
    const add = panel => {
      const image = element('img', '');
      image.alt = `${entry.id}, ${PANELS[panel]}`;
      image.decoding = 'async';
      image.addEventListener('load', () => lay(count(image)));
      image.src = entry.address;
      const button = element('button', 'picture', image);
      button.type = 'button';
      button.addEventListener('click', () => open(entry, panel));
      box.append(element('figure', '', button, element('figcaption', '', PANELS[panel])));
    };
    const lay = wanted => {
      expectedPanels = wanted;
      while (box.children.length > wanted) {
        box.lastChild.remove();
      }
      while (box.children.length < wanted) {
        add(box.children.length);
      }
      box.classList.toggle('four', wanted > 3);
      box.querySelectorAll('img').forEach((image, panel) => place(image, panel, wanted));
    };
    lay(expectedPanels);
    box.querySelector('img').addEventListener('error', () =>
      box.replaceChildren(missing('no picture at ', element('code', '', entry.address))));
    return box;
  }

  function failure(entry) {
    return missing(element('strong', '', 'failed'), entry.code ? element('code', '', entry.code) : '', entry.message);
  }

  function shown(entry, sorted, open) {
    const row = element('article', entry.failed ? 'row failed' : 'row', heading(entry));
    row.dataset.at = entry.at;
    const text = element('div', 'text', prompts(entry));
    if (!entry.failed && columns.length) {
      text.append(numbers(entry, sorted));
    }
    const pictures = entry.address ? panels(entry, open) : null;
    row.append(element('div', 'pictures', ...[
      pictures, entry.failed ? failure(entry) : pictures ? null : missing('no picture')].filter(Boolean)), text);
    return row;
  }

  return {
    PANELS, all, columns, methods, controls: data.controls, element, title, prompts, numbers, place, count, shown
  };
})();
