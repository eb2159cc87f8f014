// @ts-check
// Keys of the desk. None that a browser uses, none while an input method composes.
import * as store from './store.mjs';
import { t } from './words.mjs';
import { tell } from './desk.mjs';
import { acknowledge, hush, subject } from './actions.mjs';

// What each key does; those with a modifier are written with it. A dialog keeps
// all but the two that may not wait.
const KEYS = {
  'F5': () => tell(t('reload.no'), true),
  'F2': e => { if (!e.repeat) acknowledge(store.next.value); },
  '⇧F2': hush,
  'F4': () => on(inc => store.open('assign', inc.id)),
  'F8': () => on(inc => store.ring(inc.id, 'elder')),
  '⇧F8': () => on(inc => store.ring(inc.id, 'family')),
  'F9': () => on(() => document.getElementById('note')?.focus()),
  '⇧F9': () => on(inc => store.open('close', inc.id)),
};

function on(act) {
  const inc = subject();
  if (inc && !store.dialog.value) act(inc);
}

export function listen() {
  addEventListener('keydown', e => {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.altKey || e.metaKey) return;
    const key = (e.shiftKey ? '⇧' : '') + e.key, arrow = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (Object.hasOwn(KEYS, key)) KEYS[key](e);
    else if (arrow && /** @type {any} */ (e.target).closest?.('.queue')) move(arrow);
    else return;
    e.preventDefault();
  });
  addEventListener('keydown', e => {
    if (e.key === 'Enter' && e.ctrlKey && !e.isComposing && e.keyCode !== 229 && document.activeElement?.id === 'note') /** @type {any} */ (document.activeElement).form.requestSubmit();
  });
}

function move(step) {
  const { waiting, handled, orders } = store.queue.value, all = [...waiting, ...handled, ...orders];
  const at = all.findIndex(i => i.id === store.selectedID.value);
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  store.select(next.id);
  /** @type {any} */ (document.querySelector(`#card-${CSS.escape(next.id)} button`))?.focus();
}
