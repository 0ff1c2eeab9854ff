'use strict';

// The table: sorting and the choice of a step count, both kept in the address: #sort=psnr:desc&steps=50
(() => {
  const table = document.getElementById('results');
  const body = table.tBodies[0];
  const inOrder = [...body.rows];
  const headers = [...table.querySelectorAll('th[data-key]')];
  const stepButtons = [...document.querySelectorAll('.steps button')];
  let state = { key: null, descending: false, steps: table.dataset.steps };

  const column = header => [...header.parentElement.children].indexOf(header);

  function compare(header, descending) {
    const at = column(header);
    const sign = descending ? -1 : 1;
    if (header.dataset.text !== undefined) {
      return (a, b) => sign * a.cells[at].textContent.localeCompare(b.cells[at].textContent);
    }
    // what has no value goes last either way
    return (a, b) => {
      const x = a.cells[at].dataset.value;
      const y = b.cells[at].dataset.value;
      if (x === undefined || y === undefined) {
        return (x === undefined) - (y === undefined);
      }
      return sign * (Number(x) - Number(y));
    };
  }

  function show() {
    const header = headers.find(one => one.dataset.key === state.key);
    headers.forEach(one => one.setAttribute('aria-sort',
      one !== header ? 'none' : state.descending ? 'descending' : 'ascending'));
    const rows = header ? [...inOrder].sort(compare(header, state.descending)) : inOrder;
    rows.forEach(row => {
      row.hidden = state.steps !== 'all' && row.dataset.steps !== state.steps && row.dataset.steps !== '0';
    });
    let above = null;
    rows.filter(row => !row.hidden).forEach(row => {
      const turn = !header && state.steps === 'all' && above && above.dataset.method !== row.dataset.method;
      row.classList.toggle('turn', Boolean(turn));
      above = row;
    });
    body.append(...rows);
    stepButtons.forEach(one => one.setAttribute('aria-pressed', String(one.dataset.steps === state.steps)));
  }

  function write() {
    const parts = [];
    if (state.key) {
      parts.push(`sort=${state.key}:${state.descending ? 'desc' : 'asc'}`);
    }
    parts.push(`steps=${state.steps}`);
    location.replace('#' + parts.join('&'));
  }

  function read() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    if (!fragment.has('sort') && !fragment.has('steps')) {
      return;
    }
    const [key, direction] = (fragment.get('sort') || '').split(':');
    const steps = fragment.get('steps');
    state = {
      key: headers.some(one => one.dataset.key === key) ? key : null,
      descending: direction === 'desc',
      steps: stepButtons.some(one => one.dataset.steps === steps) ? steps : table.dataset.steps
    };
    show();
  }

  // methods and steps both stay in sight when the table is moved sideways
  function place() {
    table.style.setProperty('--beside', `${headers[0].offsetWidth}px`);
  }

  headers.forEach(header => header.querySelector('button').addEventListener('click', () => {
    const again = state.key === header.dataset.key;
    state = { ...state, key: header.dataset.key, descending: again && !state.descending };
    show();
    write();
  }));
  stepButtons.forEach(button => button.addEventListener('click', () => {
    state = { ...state, steps: button.dataset.steps };
    show();
    write();
  }));
  window.addEventListener('hashchange', read);
  window.addEventListener('resize', place);
  show();
  read();
  place();
})();

// The viewer: original, reconstruction and their difference, large
(() => {
  const viewer = document.getElementById('viewer');
  const part = name => document.getElementById('viewer-' + name);
  let shown = null;

  const pictures = () => [...shown.closest('.item').querySelectorAll('button.picture')];

  function show(button) {
    shown = button;
    const item = button.closest('.item');
    const picture = button.querySelector('img');
    const original = item.querySelector('img.original') || picture;
    const figure = button.closest('figure');
    part('title').textContent = item.querySelector('h4').textContent + ' · ' + button.dataset.name;
    part('numbers').textContent = [button.dataset.name, ...[...figure.querySelectorAll('.numbers')]
      .map(line => line.textContent)].join(', ');
    for (const name of ['original', 'below']) {
      part(name).src = original.src;
    }
    for (const name of ['reconstruction', 'above']) {
      part(name).src = picture.src;
    }
    viewer.querySelectorAll('img').forEach(image => image.classList.toggle('tiny', picture.naturalWidth <= 128));
  }

  function step(by) {
    const all = pictures();
    show(all[(all.indexOf(shown) + by + all.length) % all.length]);
  }

  document.querySelectorAll('button.picture').forEach(button => button.addEventListener('click', () => {
    show(button);
    viewer.showModal();
  }));
  part('close').addEventListener('click', () => viewer.close());
  part('previous').addEventListener('click', () => step(-1));
  part('next').addEventListener('click', () => step(1));
  viewer.addEventListener('click', event => event.target === viewer && viewer.close());
  viewer.addEventListener('close', () => shown && shown.focus());
  viewer.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      step(event.key === 'ArrowLeft' ? -1 : 1);
    }
  });
})();
