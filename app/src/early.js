(() => {
  const root = document.documentElement;
  const fields = new Map();
  let pressed;
  const alone = (form) => form?.hasAttribute('action');
  const note = ({ target }) => fields.set(target, /checkbox|radio/.test(target.type) ? ['checked', target.checked] : ['value', target.value]);
  const keep = (event, element) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed = element;
    root.dataset.waiting = '';
  };
  const press = (event) => {
    const button = event.target.closest('button');
    if (button && !(button.type === 'submit' && alone(button.form))) keep(event, button);
  };
  const submit = (event) => alone(event.target) || keep(event, event.target);
  const kinds = { input: note, click: press, submit };
  for (const kind in kinds) addEventListener(kind, kinds[kind], true);
  const replay = () => {
    for (const kind in kinds) removeEventListener(kind, kinds[kind], true);
    delete root.dataset.waiting;
    for (const [field, [what, value]] of fields) {
      field[what] = value;
      for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
    if (pressed?.isConnected) pressed.requestSubmit ? pressed.requestSubmit() : pressed.click();
  };
  new MutationObserver((_, observer) => {
    observer.disconnect();
    setTimeout(replay);
  }).observe(root, { attributeFilter: ['data-alive'] });
})();
