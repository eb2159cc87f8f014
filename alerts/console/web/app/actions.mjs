// @ts-check
// The bar of actions, the closing dialog and the keys.
import { html, useEffect, useRef, useState } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import * as store from './store.mjs';
import * as alarm from './alarm.mjs';
import { nameOf } from './queue.mjs';
import { command, pending, tell } from './desk.mjs';

// In the order of dispatch.Dispositions; a test compares them.
export const DISPOSITIONS = ['assisted', 'conveyed', 'false_alarm', 'test', 'device_fault', 'no_access', 'visited_no_call', 'served', 'other'];
const HUSH = 30000; // ms

export function acknowledge(inc) {
  if (!inc || inc.acked || store.readOnly) return;
  store.select(inc.id);
  command(inc, 'acknowledge', {}, inc => { store.apply(inc); store.sound(); });
}

export function Actions() {
  const inc = store.selected.value, first = store.mostUrgent.value;
  if (store.readOnly) return html`<footer class="act"><span class="hint">${t('readonly')}</span></footer>`;
  return html`<footer class="act" role="toolbar" aria-label=${t('actions')}>
    <button type="button" class=${`b ${first ? 'hot' : ''}`} id="ack" disabled=${!first || pending.value[first.id]} onClick=${() => acknowledge(first)}><kbd>F2</kbd>${first && pending.value[first.id] ? t('sending') : t('act.ack')}${first && first.id !== inc?.id ? ` · ${nameOf(first)}` : ''}</button>
    <button type="button" class="b" disabled=${!inc || inc.state === 'closed'} onClick=${() => document.getElementById('note')?.focus()}><kbd>F9</kbd>${t('note')}</button>
    <button type="button" class="b" onClick=${() => alarm.hush(HUSH)}><kbd>⇧F2</kbd>${t('act.hush')}</button>
    <span class="grow"></span>
    <button type="button" class="b" id="close" disabled=${!inc || inc.state === 'closed' || pending.value[inc.id]} onClick=${() => { store.closing.value = inc.id; }}><kbd>⇧F9</kbd>${t('act.close')}</button>
  </footer>`;
}

export function Closing() {
  const id = store.closing.value;
  const inc = id && store.incidents.value.get(id);
  const ref = useRef(/** @type {any} */ (null));
  const [how, setHow] = useState('');
  const [note, setNote] = useState('');
  useEffect(() => {
    setHow('');
    setNote('');
    if (id && ref.current && !ref.current.open) ref.current.showModal();
  }, [id]);
  if (!id) return null;
  const leave = () => { store.closing.value = ''; };
  const submit = async e => {
    e.preventDefault();
    if (how && (how !== 'other' || note.trim()) && await command(inc, 'close', { disposition: how, note }, inc => { store.apply(inc); store.sound(); })) leave();
  };
  return html`<dialog ref=${ref} class="closing" aria-label=${t('close.title')} onClose=${leave}>
    ${inc ? html`<form onSubmit=${submit}>
      <h2>${t('close.title')} · ${nameOf(inc)} <small>${t('code')} ${inc.code}</small></h2>
      <div class="ways">${DISPOSITIONS.map(d => html`<label key=${d} class=${how === d ? 'on' : ''}><input type="radio" name="how" value=${d} checked=${how === d} onChange=${() => setHow(d)} /> ${word('disposition', d)}</label>`)}</div>
      <label class="close-note">${t('close.note')}${how === 'other' ? ` (${t('needed')})` : ''}<input value=${note} maxlength="600" onInput=${e => setNote(e.target.value)} /></label>
      <div class="row"><button type="button" class="b" onClick=${leave}>${t('cancel')}</button><button type="submit" class="b hot" id="close-do" disabled=${!how || (how === 'other' && !note.trim()) || pending.value[inc.id]}>${t(pending.value[inc.id] ? 'sending' : 'close.do')}</button></div>
    </form>` : html`<p>${t('cmd.gone')}</p><div class="row"><button type="button" class="b" onClick=${leave}>${t('cancel')}</button></div>`}
  </dialog>`;
}

/** Keys of the desk. None that a browser uses, none while an input method composes. */
export function listen() {
  addEventListener('keydown', e => {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.altKey || e.metaKey) return;
    const inc = store.selected.value;
    if (e.key === 'F5') { tell(t('reload.no'), true); }
    else if (e.key === 'F2' && e.shiftKey) alarm.hush(HUSH);
    else if (e.key === 'F2') { if (!e.repeat) acknowledge(store.mostUrgent.value); }
    else if (e.key === 'F9' && e.shiftKey) { if (!store.readOnly && inc && inc.state !== 'closed') store.closing.value = inc.id; }
    else if (e.key === 'F9') document.getElementById('note')?.focus();
    else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && /** @type {any} */ (e.target).closest?.('.queue')) move(e.key === 'ArrowDown' ? 1 : -1);
    else return;
    e.preventDefault();
  });
  addEventListener('keydown', e => {
    if (e.key === 'Enter' && e.ctrlKey && !e.isComposing && e.keyCode !== 229 && document.activeElement?.id === 'note') /** @type {any} */ (document.activeElement).form.requestSubmit();
  });
}

function move(step) {
  const all = [...store.queue.value.waiting, ...store.queue.value.handled];
  const at = all.findIndex(i => i.id === store.selectedID.value);
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  store.select(next.id);
  /** @type {any} */ (document.querySelector(`#card-${CSS.escape(next.id)} button`))?.focus();
}
