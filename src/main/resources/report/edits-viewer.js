
// The viewer: one picture large; the others of its row come in the same place, which shows the smallest change
(() => {
  const viewer = document.getElementById('viewer');
  const part = name => document.getElementById('viewer-' + name);
  const picture = part('picture');
  let entry = null;
  let panel = 0;
  let panels = 3;

  const buttons = rows.PANELS.map((name, i) => {
    const button = rows.element('button', '', name);
    button.type = 'button';
    button.addEventListener('click', () => turn(i - panel));
    return button;
  });

  const wrapped = (value, size) => (value + size) % size;

  function place() {
    panel = Math.min(panel, panels - 1);
    rows.place(picture, panel, panels);
    picture.alt = `${entry.id}, ${rows.PANELS[panel]}`;
    buttons.forEach((button, i) => {
      button.hidden = i >= panels;
      button.setAttribute('aria-pressed', String(i === panel));
    });
  }

  function show(next) {
    entry = next;
    part('title').textContent = rows.title(entry);
    part('prompts').replaceChildren(rows.prompts(entry));
    part('numbers').replaceChildren(rows.numbers(entry, -1));
    picture.src = entry.address;
    place();
  }

  function turn(by) {
    panel = wrapped(panel + by, panels);
    place();
  }

  // over rows without a picture, and round from the last to the first
  function step(by) {
    const found = list.found();
    let at = found.indexOf(entry);
    do {
      at = wrapped(at + by, found.length);
    } while (!found[at].address);
    list.reveal(at);
    show(found[at]);
  }

  part('panels').append(...buttons);
  list.opened((one, which) => {
    panel = which;
    show(one);
    viewer.showModal();
    viewer.focus();
  });
  picture.addEventListener('load', () => {
    panels = rows.count(picture);
    place();
  });
  part('close').addEventListener('click', () => viewer.close());
  part('left').addEventListener('click', () => turn(-1));
  part('right').addEventListener('click', () => turn(1));
  part('up').addEventListener('click', () => step(-1));
  part('down').addEventListener('click', () => step(1));
  viewer.addEventListener('click', event => event.target === viewer && viewer.close());
  viewer.addEventListener('close', () => {
    const button = document.querySelectorAll(`[data-at="${entry.at}"] button.picture`)[panel];
    if (button) {
      button.focus();
    }
  });
  viewer.addEventListener('keydown', event => {
    const actions = {
      ArrowLeft: () => turn(-1),
      ArrowRight: () => turn(1),
      ArrowUp: () => step(-1),
      ArrowDown: () => step(1)
    };
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
})();
