// What the panel does beyond htmx: tooltips, keys, the drawer, toasts, and a list that follows without moving what one
// looks at. Everything is delegated from the document, so that swapped content needs no set-up. Without this file all
// pages work by links and forms.
'use strict';
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (name, selector, handler, options) => document.addEventListener(name, (event) => {
    const found = event.target.closest?.(selector);
    if (found) handler(event, found);
  }, options);

  // The words of this page's language, as the server wrote them; "*" is where a value goes.
  const words = JSON.parse($('#words').dataset.words);
  const filled = (word, value) => words[word].replace('*', value);

  // -- toasts ---------------------------------------------------------------------------------------------------------
  const box = $('#toasts');
  function toast(message, status = 'ok') {
    // Whatever is outside of a modal dialog is painted under it and told to nobody.
    const over = $('dialog[open]:not(.is-peek)') ?? document.body;
    if (box.parentNode !== over) over.append(box);
    const line = document.createElement('p');
    line.className = `toast ${status}`;
    line.textContent = message;
    box.append(line);
    setTimeout(() => line.remove(), status === 'error' ? 9000 : 4500);
  }
  document.addEventListener('close', (event) => {
    if (event.target.contains(box)) document.body.append(box);
  }, true);
  document.addEventListener('panel:toast', (event) => {
    if (event.detail.status !== 'error') {
      clearSelection();
      $('#drawer')?.close();
    }
    toast(event.detail.message, event.detail.status);
  });

  // -- times go on ----------------------------------------------------------------------------------------------------
  const span = (s, hours = 36) => s < 60 ? filled('s', Math.floor(s)) : s < 3600 ? filled('min', Math.floor(s / 60)) : s < hours * 3600 ? filled('h', Math.floor(s / 3600)) : filled('d', Math.floor(s / 86400));
  function ago(s, isBrief) {
    if (s < 45) return words.now;
    if (s >= 604800) return '';
    const length = span(Math.max(60, s), 24);
    return isBrief ? length : filled('ago', length);
  }
  function tick() {
    const now = Date.now();
    for (const time of $$('time[data-ago]')) {
      const seconds = (now - Date.parse(time.dateTime)) / 1000;
      const words = seconds >= 0 && ago(seconds, time.dataset.ago === 'brief');
      if (words && time.textContent !== words) time.textContent = words;
    }
    for (const time of $$('time[data-until]')) {
      const left = (Date.parse(time.dateTime) - now) / 1000;
      const words = left >= 0 ? filled('in', span(left)) : filled('late', span(-left));
      if (time.textContent !== words) time.textContent = words;
      time.classList.toggle('late', left < 0);
      time.classList.toggle('soon', left >= 0 && left < 86400);
    }
  }
  setInterval(tick, 15000);

  // -- the status's reason, on hover and focus ------------------------------------------------------------------------
  const TIPPED = '.status-button, .error-button';
  let shown = null;
  function showWhy(button) {
    const why = document.getElementById(button.getAttribute('aria-describedby'));
    if (!why || why === shown || !why.showPopover) return;
    hideWhy();
    why.showPopover();
    const at = button.getBoundingClientRect();
    const size = why.getBoundingClientRect();
    const below = at.bottom + 6 + size.height < innerHeight;
    why.style.top = `${below ? at.bottom + 6 : at.top - size.height - 6}px`;
    why.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
    shown = why;
  }
  function hideWhy() {
    if (shown?.matches(':popover-open')) shown.hidePopover();
    shown = null;
  }
  on('pointerover', TIPPED, (event, button) => showWhy(button));
  on('pointerout', TIPPED, (event, button) => { if (!button.contains(event.relatedTarget)) hideWhy(); });
  on('focusin', TIPPED, (event, button) => { if (button.matches(':focus-visible')) showWhy(button); });
  on('focusout', TIPPED, hideWhy);
  on('click', '.status-button', (event, button) => showWhy(button));
  addEventListener('scroll', hideWhy, { passive: true, capture: true });

  // -- copying, theme, dialogs, menus ---------------------------------------------------------------------------------
  on('click', '[data-copy]', async (event, button) => {
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast(words.copied);
    } catch {
      toast(words.notCopied, 'error');
    }
  });
  on('click', '[data-theme-switch]', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
  });
  document.addEventListener('close', (event) => { if (event.target.id === 'drawer') event.target.classList.remove('is-peek'); }, true);
  on('click', '[data-dialog]', (event, button) => $(`#${button.dataset.dialog}`)?.showModal());
  on('click', '[data-clear]', (event, button) => { $(`#${button.dataset.clear}`)?.replaceChildren(); });
  document.addEventListener('click', (event) => {
    if (event.target.matches?.('dialog')) event.target.close();
    for (const menu of $$('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });
  let moved = ''; // the button that moves a column stays at hand after its column moved
  on('submit', 'details.menu form', (event, form) => {
    moved = event.submitter?.name === 'move' ? event.submitter.id : '';
    if (!moved) form.closest('details').open = false;
  });
  on('toggle', 'details.menu', (event, menu) => { if (menu.open) $('select, input:not([type=hidden])', menu)?.focus(); }, true);
  document.addEventListener('error', (event) => { if (event.target.matches?.('.pic img')) event.target.remove(); }, true);

  // -- selection ------------------------------------------------------------------------------------------------------
  const boxes = () => $$('#grid input[name=id]');
  let lastBox = null;
  function countSelected() {
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    for (const place of $$('[data-selected-count]')) place.textContent = count;
    const whole = $('[data-select-all]');
    if (whole) {
      whole.checked = count > 0 && count === all.length;
      whole.indeterminate = count > 0 && count < all.length;
    }
    // "Select all that match" follows a whole page: with another page, or a box less, it is not on offer any more.
    if (!count || count < all.length) $('#bulk-offer')?.replaceChildren();
  }
  function clearSelection() {
    for (const box of boxes()) box.checked = false;
    countSelected();
  }
  on('change', '[data-select-all]', (event, whole) => {
    for (const box of boxes()) box.checked = whole.checked;
    countSelected();
  });
  on('click', '#grid input[name=id]', (event, box) => {
    const all = boxes();
    if (event.shiftKey && lastBox?.isConnected) {
      const [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    lastBox = box;
    countSelected();
  });
  on('click', '[data-clear-selection]', clearSelection);

  // A click anywhere on a row opens the order, unless it is on something of its own or text is being selected.
  on('click', 'tr[data-href]', (event, row) => {
    if (event.target.closest('a, button, input, label, summary, .c-select') || String(getSelection())) return;
    if (event.metaKey || event.ctrlKey) open(row.dataset.href, '_blank', 'noopener');
    else location.href = row.dataset.href;
  });

  // -- columns: a head is dragged to its place; the form of the view menu holds the order and saves it -------------------
  let dragged = null;
  const heads = () => $$('.grid th[data-column]');
  const isAfter = (event, head) => { const box = head.getBoundingClientRect(); return event.clientX > box.left + box.width / 2; };
  const unmark = () => { for (const head of heads()) head.classList.remove('drop-before', 'drop-after', 'is-dragged'); };
  on('pointerdown', '.grid th[data-column]', (event, head) => { if (event.pointerType === 'mouse') head.draggable = true; });
  on('dragstart', '.grid th[data-column]', (event, head) => {
    dragged = head.dataset.column;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', head.textContent.trim());
    head.classList.add('is-dragged');
  });
  on('dragover', '.grid th[data-column]', (event, head) => {
    if (!dragged) return;
    event.preventDefault();
    for (const other of heads()) other.classList.remove('drop-before', 'drop-after');
    if (head.dataset.column !== dragged) head.classList.add(isAfter(event, head) ? 'drop-after' : 'drop-before');
  });
  on('drop', '.grid th[data-column]', (event, head) => {
    if (!dragged) return;
    event.preventDefault();
    const [moved, place] = [dragged, head.dataset.column].map((key) => $(`#columns li[data-column="${key}"]`));
    if (moved && place && moved !== place) {
      if (isAfter(event, head)) place.after(moved); else place.before(moved);
      $('#columns').requestSubmit();
    }
  });
  on('dragend', '.grid th[data-column]', () => { dragged = null; unmark(); });

  // -- peeking: the order beside the list, while the keys go on ----------------------------------------------------------
  const isPeeking = () => $('#drawer')?.open && $('#drawer').classList.contains('is-peek');
  function peek() {
    const row = here && document.getElementById(here);
    if (row) htmx.ajax('GET', row.dataset.href, { source: '#drawer-body', target: '#drawer-body', swap: 'innerHTML', push: 'false' });
  }
  function showPeek(drawer) {
    drawer.classList.add('is-peek');
    const focused = document.activeElement;
    drawer.show();
    focused?.focus({ preventScroll: true });
  }

  // -- keys -----------------------------------------------------------------------------------------------------------
  let here = null; // id of the row that the keys are at
  function goTo(step) {
    const rows = $$('#rows > tr');
    if (!rows.length) {
      $(step > 0 ? '#older' : '#newer')?.click();
      return;
    }
    const at = rows.findIndex((row) => row.id === here);
    const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    here = row.id;
    markHere();
    row.scrollIntoView({ block: 'nearest' });
    $('.order-link', row)?.focus({ preventScroll: true });
    if (isPeeking()) peek();
  }
  function markHere() {
    for (const row of $$('#rows > tr.is-here')) if (row.id !== here) row.classList.remove('is-here');
    if (here) document.getElementById(here)?.classList.add('is-here');
  }
  const keys = {
    '/': () => { $('#q')?.focus(); $('#q')?.select(); },
    '?': () => $('#keys')?.showModal(),
    j: () => goTo(1),
    k: () => goTo(-1),
    x: () => { const box = here && $(`#${here} input[name=id]`); if (box) { box.checked = !box.checked; lastBox = box; countSelected(); } },
    ' ': () => { if (isPeeking()) $('#drawer').close(); else peek(); },
    e: () => { if (here) $(`#${here} .error-button`)?.click(); },
    Enter: () => { const row = here && document.getElementById(here); if (row) location.href = row.dataset.href; },
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      if (shown) return hideWhy();
      const menu = $('details.menu[open]');
      if (menu) { menu.open = false; return $('summary', menu).focus(); }
      if (document.activeElement?.id === 'q') return document.activeElement.blur();
      if (isPeeking()) return $('#drawer').close();
      if (!$('dialog[open]')) { clearSelection(); here = null; markHere(); }
      return undefined;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || $('dialog[open]:not(.is-peek)')) return undefined;
    const target = event.target;
    if (target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]')) return undefined;
    if (event.key === 'Enter' && target.closest?.('a, button, summary, input')) return undefined;
    if (event.key === ' ' && (!here || target.closest?.('button, summary, input'))) return undefined;
    const act = keys[event.key];
    if (!act) return undefined;
    event.preventDefault();
    act();
    return undefined;
  });

  // -- htmx: the drawer, errors, and the list that follows --------------------------------------------------------------
  document.addEventListener('htmx:after:swap', (event) => {
    const target = event.detail.ctx?.target;
    if (target?.id === 'drawer-body') {
      const drawer = $('#drawer');
      const isPeek = Boolean($('.peek', drawer));
      if (!drawer?.isConnected) return;
      if (drawer.open && drawer.classList.contains('is-peek') && !isPeek) drawer.close();
      if (!drawer.open && isPeek) showPeek(drawer);
      else if (!drawer.open) drawer.showModal();
    }
    if (moved && target?.id === 'list') {
      const button = document.getElementById(moved);
      (button?.disabled ? $('button[name=move]:not(:disabled)', button.parentElement) : button)?.focus();
      moved = '';
    }
    countSelected();
    markHere();
    tick();
  });
  document.addEventListener('htmx:response:error', (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement?.id === 'live' || ctx.sourceElement?.id === 'order') return lost(true);
    if (ctx.response.status === 401) return undefined; // htmx is on its way to the log-in
    return toast({ 400: words.stale, 403: words.role, 404: words.gone }[ctx.response.status] ?? words.failed, 'error');
  });
  document.addEventListener('htmx:error', (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (source?.id === 'live' || source?.id === 'order') lost(true);
    else if (event.detail.ctx) toast(words.offline, 'error');
  });
  function lost(is) {
    const note = $('#pulse');
    if (!note) return;
    note.classList.toggle('is-lost', is);
    $('span', note).textContent = is ? words.lost : words.live;
  }

  // A hidden page asks for nothing; a page that comes back asks at once.
  document.addEventListener('htmx:config:request', (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceEvent?.type !== 'every') return;
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) htmx.trigger(document.body, 'panel:refresh');
  });
  document.addEventListener('htmx:before:request', (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement?.id === 'live') ctx.askedFor = ctx.sourceElement.getAttribute('hx-get');
  });

  // What somebody is at must not move: then rows change in place, and new ones wait behind a button.
  const QUIET_AFTER = 4000;
  let lastMove = 0;
  on('pointermove', '#rows', () => { lastMove = Date.now(); }, { passive: true });
  on('keydown', '#rows', () => { lastMove = Date.now(); });
  let isStale = false;
  const isHeld = () => scrollY > 80 || Date.now() - lastMove < QUIET_AFTER || Boolean($('dialog[open]:not(.is-peek), details.menu[open], #grid input[name=id]:checked'));

  document.addEventListener('htmx:after:request', (event) => {
    if (event.detail.ctx.sourceElement?.id === 'live' && event.detail.ctx.response.status < 400) lost(false);
  });
  document.addEventListener('htmx:before:swap', (event) => {
    const { ctx, tasks } = event.detail;
    if (ctx.sourceElement?.id !== 'live') return;
    const live = $('#live');
    if (!live || live.getAttribute('hx-get') !== ctx.askedFor) { event.preventDefault(); return; } // another tab by now
    const grid = tasks.find((task) => task.target?.id === 'grid');
    if (!grid) return;
    const known = new Set($$('#rows > tr').map((row) => row.id));
    const coming = $$('tr[id]', grid.fragment);
    const fresh = coming.filter((row) => !known.has(row.id));
    if (isHeld() && known.size) {
      tasks.splice(tasks.indexOf(grid), 1);
      updateInPlace(coming);
      isStale = true;
      announce(fresh.length);
    } else {
      for (const row of fresh) if (known.size) row.classList.add('is-new');
      isStale = false;
      announce(0);
    }
  });
  function updateInPlace(coming) {
    const byId = new Map(coming.map((row) => [row.id, row]));
    for (const row of $$('#rows > tr')) {
      const next = byId.get(row.id);
      row.classList.toggle('is-gone', !next);
      if (!next) continue;
      row.classList.toggle('is-error', next.classList.contains('is-error'));
      // Cell by cell: the one that holds the focus, the pointer's tooltip or a tick stays as it is.
      [...row.cells].forEach((cell, at) => {
        const news = next.cells[at];
        if (at === 0 || !news || cell.contains(document.activeElement) || cell.contains(shown)) return;
        if (cell.textContent === news.textContent && cell.innerHTML === news.innerHTML) return;
        const copy = news.cloneNode(true);
        cell.replaceWith(copy);
        htmx.process(copy);
      });
    }
    countSelected();
    markHere();
  }
  let waiting = 0;
  function announce(count) {
    waiting = count;
    const button = $('#fresh');
    if (!button) return;
    button.hidden = !count;
    button.textContent = count === 1 ? words.newOrder : filled('newOrders', count);
    $('#pulse')?.classList.toggle('is-held', isStale);
  }
  function catchUp() {
    if (!isStale || !$('#list')) return;
    isStale = false;
    announce(0);
    htmx.ajax('GET', location.pathname + location.search, { source: '#list', target: '#list', swap: 'outerMorph show:none', push: 'false' });
  }
  setInterval(() => { if (isStale && !isHeld()) catchUp(); }, 1000);
  on('click', '#fresh', () => {
    scrollTo({ top: 0 });
    lastMove = 0;
    clearSelection();
    catchUp();
  });

  // The open tab is seen, however many there are before it.
  function showTab() {
    const tabs = $('#tabs');
    const tab = tabs && $('[aria-current]', tabs);
    if (tab && (tab.offsetLeft < tabs.scrollLeft || tab.offsetLeft + tab.offsetWidth > tabs.scrollLeft + tabs.clientWidth)) tabs.scrollLeft = tab.offsetLeft - tabs.clientWidth / 2;
  }
  document.addEventListener('htmx:after:swap', (event) => {
    if (event.detail.ctx?.target?.id !== 'list') return;
    showTab();
    // A morph leaves what was chosen in the form's fields: a filter whose chip was removed would come back with the next one.
    $('#filter-menu:not([open]) form')?.reset();
  });

  tick();
  countSelected();
  showTab();
})();
