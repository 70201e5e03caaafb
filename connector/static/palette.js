// Ctrl-K (or ⌘-K): everything that the page offers, by its name. It is read from the page when it is opened: what is not
// there for this person's role, or not on this page, is not offered.
'use strict';
(() => {
  const words = JSON.parse(document.getElementById('words').dataset.words);
  const OFFERED = [
    ['.nav a, .me a.quiet', words.goTo],
    ['#tabs a', words.orders],
    ['#views-menu nav a', words.view],
    ['.page-head :is(button, a.button), .order-head .actions :is(button, a.button), .trail a, #export-menu a, .problem-card .actions :is(button, a.button)', words.do],
    ['[data-theme-switch], [data-dialog="keys"]', words.do],
  ];
  // Looked up when it is opened: the browser's "back" may have put another page's into the document.
  let dialog;
  let input;
  let list;
  let offers = [];
  let shown = [];
  let at = 0;

  const nameOf = (element) => (element.getAttribute('aria-label') || element.textContent).replace(/\s+/g, ' ').trim();
  function collect() {
    const seen = new Set();
    offers = OFFERED.flatMap(([selector, kind]) => [...document.querySelectorAll(selector)].map((element) => ({ element, kind, name: nameOf(element) })))
      .filter(({ element, name }) => name && !element.disabled && !seen.has(name) && seen.add(name));
  }
  function draw() {
    const typed = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = offers.filter(({ name }) => typed.every((word) => name.toLowerCase().includes(word))).slice(0, 40);
    const text = input.value.trim();
    if (text) shown.push({ kind: words.orders, name: words.searchOrders.replace('*', () => text), address: `${dialog.dataset.orders}?q=${encodeURIComponent(text)}` });
    at = 0;
    list.replaceChildren(...shown.map(({ name, kind }, index) => {
      const item = document.createElement('li');
      item.id = `offer-${index}`;
      item.setAttribute('role', 'option');
      const label = document.createElement('span');
      label.textContent = name;
      const small = document.createElement('small');
      small.textContent = kind;
      item.append(label, small);
      return item;
    }));
    mark();
  }
  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute('aria-selected', String(index === at)));
    if (shown.length) input.setAttribute('aria-activedescendant', `offer-${at}`); else input.removeAttribute('aria-activedescendant');
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }
  function take(index) {
    const offer = shown[index];
    dialog.close();
    if (offer?.address) location.href = offer.address;
    else offer?.element.click();
  }
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (document.querySelector('dialog[open]:not(#palette, .is-peek)')) return;
    dialog = document.getElementById('palette');
    if (!dialog) return;
    event.preventDefault();
    if (dialog.open) { dialog.close(); return; }
    input = dialog.querySelector('input');
    list = dialog.querySelector('ul');
    collect();
    input.value = '';
    draw();
    dialog.showModal();
  });
  document.addEventListener('input', (event) => { if (dialog && event.target === input) draw(); });
  document.addEventListener('keydown', (event) => {
    if (!dialog?.open || !dialog.contains(event.target) || event.ctrlKey || event.metaKey) return;
    if (event.key !== 'Escape') event.stopImmediatePropagation(); // these keys are not for the list behind
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) { event.preventDefault(); at = (at + step + shown.length) % shown.length; mark(); }
    if (event.key === 'Enter') { event.preventDefault(); take(at); }
  }, true);
  document.addEventListener('click', (event) => {
    const item = dialog?.open && event.target.closest?.('#palette-list li');
    if (item) take([...list.children].indexOf(item));
  });
})();
