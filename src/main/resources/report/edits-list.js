
// Which rows are shown: filter, order and page, all in the address: #words=cat&sort=PSNR&order=asc&page=3
const list = (() => {
  const SIZES = [25, 50, 100];
  const part = id => document.getElementById(id);
  const grouped = number => number.toLocaleString('en');
  const box = part('rows');
  const pagers = [...document.querySelectorAll('.pager')];
  const codes = [...new Set(rows.all.map(entry => entry.code).filter(Boolean))].sort();

  // what the selects choose from: name in the address, text, and whether a row is of it
  const choices = {
    method: rows.methods.map((method, i) => [method.name, method.name, entry => entry.method === i]),
    control: rows.controls.map((control, i) => [control, control || 'none', entry => entry.control === i]),
    status: [
      ['done', 'done', entry => !entry.failed],
      ['failed', 'failed', entry => entry.failed],
      ...codes.map(code => ['failed:' + code, 'failed: ' + code, entry => entry.code === code])
    ]
  };
  const filters = Object.keys(choices);
  const unfiltered = { words: '', method: null, control: null, status: null };
  const initial = { ...unfiltered, sort: null, order: 'desc', page: 1, size: SIZES[0] };
  let state = { ...initial };
  let found = rows.all;
  let open = () => {};

  const haystacks = [];
  function haystack(entry) {
    haystacks[entry.at] ??= [entry.id, entry.caption, entry.prompt].join('\n').toLowerCase();
    return haystacks[entry.at];
  }

  // every word is somewhere in the row
  function wordTest() {
    const wanted = state.words.toLowerCase().split(/\s+/u).filter(Boolean);
    return entry => wanted.every(word => haystack(entry).includes(word));
  }

  function tests() {
    const result = { words: wordTest() };
    for (const filter of filters) {
      const choice = choices[filter].find(([name]) => name === state[filter]);
      result[filter] = choice ? choice[2] : () => true;
    }
    return result;
  }

  const sorted = () => rows.columns.findIndex(column => column.label === state.sort);

  // what has no value goes last either way; rows of equal value stay in the run's order
  function inOrder(entries) {
    const column = sorted();
    if (column < 0) {
      return entries;
    }
    const sign = state.order === 'asc' ? 1 : -1;
    const value = entry => entry.failed ? NaN : entry.numbers[column];
    return [...entries].sort((a, b) => {
      const x = value(a);
      const y = value(b);
      if (Number.isNaN(x) || Number.isNaN(y)) {
        return Number.isNaN(x) - Number.isNaN(y);
      }
      return x === y ? 0 : sign * (x < y ? -1 : 1);
    });
  }

  const pages = () => Math.max(1, Math.ceil(found.length / state.size));

  function option(value, text, selected) {
    const one = rows.element('option', '', text);
    one.value = value;
    one.selected = selected;
    return one;
  }

  // each choice with the number of rows that it would show beside the other filters
  function fill(filter, test) {
    const others = ['words', ...filters].filter(name => name !== filter);
    const within = rows.all.filter(entry => others.every(name => test[name](entry)));
    part(filter).replaceChildren(
      option('', `all (${grouped(within.length)})`, state[filter] === null),
      ...choices[filter].map(([name, text, is], i) =>
        option(i, `${text} (${grouped(within.filter(is).length)})`, state[filter] === name)));
  }

  function fillTools(test) {
    filters.forEach(filter => fill(filter, test));
    if (part('words').value !== state.words) {
      part('words').value = state.words;
    }
    part('sort').replaceChildren(option('', 'order of the run', sorted() < 0),
      ...rows.columns.map((column, i) => option(i, column.label, i === sorted())));
    part('size').replaceChildren(...SIZES.map(size => option(size, size, size === state.size)));
    part('order').textContent = state.order === 'asc' ? '↑ smallest first' : '↓ largest first';
    part('order').hidden = sorted() < 0;
    const last = Math.min(found.length, state.page * state.size);
    const range = found.length === 0 ? 'No rows'
      : `Rows ${grouped((state.page - 1) * state.size + 1)}–${grouped(last)} of ${grouped(found.length)}`;
    part('found').textContent =
      range + (found.length === rows.all.length ? '' : ` (${grouped(rows.all.length)} in all)`);
    part('clear').hidden = Object.keys(unfiltered).every(name => state[name] === unfiltered[name]);
  }

  function fillPager(pager) {
    pager.querySelectorAll('button').forEach(button => {
      const to = target(button.dataset.to);
      // not disabled: that would take the focus away from whoever has just pressed it
      button.setAttribute('aria-disabled', String(to === state.page));
    });
    const input = pager.querySelector('input');
    input.max = pages();
    input.value = state.page;
    pager.querySelector('.pages').textContent = `of ${grouped(pages())}`;
  }

  function show() {
    const test = tests();
    found = inOrder(rows.all.filter(entry => ['words', ...filters].every(name => test[name](entry))));
    state.page = Math.min(Math.max(1, state.page), pages());
    const shown = found.slice((state.page - 1) * state.size, state.page * state.size)
      .map(entry => rows.shown(entry, sorted(), (one, panel) => open(one, panel)));
    box.replaceChildren(...(shown.length ? shown : [rows.element('p', 'empty', 'No row matches.')]));
    fillTools(test);
    pagers.forEach(fillPager);
  }

  // what is as at first is left out
  function fragment() {
    const parts = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
      if (value !== initial[name] && (name !== 'order' || state.sort !== null)) {
        parts.set(name, value);
      }
    }
    return parts.toString();
  }

  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const known = (name, values) => parts.has(name) && values.includes(parts.get(name)) ? parts.get(name) : null;
    state = {
      words: parts.get('words') || '',
      ...Object.fromEntries(filters.map(filter => [filter, known(filter, choices[filter].map(([name]) => name))])),
      sort: known('sort', rows.columns.map(column => column.label)),
      order: parts.get('order') === 'asc' ? 'asc' : 'desc',
      page: Math.trunc(Number(parts.get('page'))) || 1,
      size: SIZES.find(size => String(size) === parts.get('size')) || SIZES[0]
    };
    show();
  }

  // a step that the browser's back button takes back, but for words while they are being typed
  function change(changes, step = true) {
    state = { ...state, page: 1, ...changes };
    show();
    const address = '#' + fragment();
    if (address !== (location.hash || '#')) {
      history[step ? 'pushState' : 'replaceState'](null, '', address);
    }
  }

  function target(to) {
    const targets = { first: 1, before: state.page - 1, next: state.page + 1, last: pages() };
    return Math.min(Math.max(1, targets[to]), pages());
  }

  function toTop() {
    part('edits').scrollIntoView();
    box.focus({ preventScroll: true });
  }

  function buildPager(pager, atEnd) {
    const go = page => {
      if (page !== state.page) {
        change({ page });
        if (atEnd) {
          toTop();
        }
      }
    };
    const button = (to, text, label) => {
      const one = rows.element('button', '', text);
      one.type = 'button';
      one.dataset.to = to;
      one.setAttribute('aria-label', label);
      one.title = label;
      one.addEventListener('click', () => go(target(to)));
      return one;
    };
    const input = rows.element('input', '');
    Object.assign(input, { type: 'number', min: 1, inputMode: 'numeric' });
    input.setAttribute('aria-label', 'page');
    input.addEventListener('change', () => {
      go(Math.min(Math.max(1, Math.trunc(Number(input.value)) || 1), pages()));
      input.value = state.page;
    });
    pager.append(button('first', '⇤', 'first page'), button('before', '←', 'page before'),
      rows.element('label', '', rows.element('span', '', 'Page'), input, rows.element('span', 'pages')),
      button('next', '→', 'next page'), button('last', '⇥', 'last page'));
  }

  // the page that this row is on, for the viewer to step over its end
  function reveal(index) {
    const page = Math.floor(index / state.size) + 1;
    if (page !== state.page) {
      change({ page });
    }
  }

  pagers.forEach((pager, i) => buildPager(pager, i === 1));
  part('tools').addEventListener('submit', event => event.preventDefault());
  part('words').addEventListener('input', () => change({ words: part('words').value }, false));
  filters.forEach(filter => part(filter).addEventListener('change', () => {
    const value = part(filter).value;
    change({ [filter]: value === '' ? null : choices[filter][value][0] });
  }));
  part('sort').addEventListener('change', () => {
    const value = part('sort').value;
    change({ sort: value === '' ? null : rows.columns[value].label });
  });
  part('order').addEventListener('click', () => change({ order: state.order === 'asc' ? 'desc' : 'asc' }));
  part('size').addEventListener('change', () => {
    const size = Number(part('size').value);
    change({ size, page: Math.floor((state.page - 1) * state.size / size) + 1 });
  });
  part('clear').addEventListener('click', () => {
    change({ ...unfiltered });
    part('words').focus();
  });
  document.querySelectorAll('#means a').forEach(link => link.addEventListener('click', toTop));
  window.addEventListener('hashchange', read);
  read();

  return { found: () => found, reveal, opened: action => { open = action; } };
})();
