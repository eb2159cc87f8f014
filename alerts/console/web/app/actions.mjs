// @ts-check
// The bar of actions, and what each of them does.
import { html } from '../vendor/preact.mjs';
import { t } from './words.mjs';
import * as store from './store.mjs';
import * as alarm from './alarm.mjs';
import { isOpen, isOrder } from './help.mjs';
import { nameOf } from './queue.mjs';
import { command, pending } from './desk.mjs';
import { Closing } from './closing.mjs';
import { Assign } from './assign.mjs';
import { TakeOver } from './takeover.mjs';
import { HandOver } from './handover.mjs';

const HUSH = 30000; // ms

/** The incident that a key or button acts on: the one in the middle, while it is open and may be acted on. */
export const subject = () => (!store.readOnly && store.selected.value && isOpen(store.selected.value) ? store.selected.value : null);

export function acknowledge(inc) {
  if (!inc || inc.acked || store.readOnly) return;
  store.select(inc.id);
  command(inc, 'acknowledge', {}, store.took);
}

export const hush = () => alarm.hush(HUSH);

export function Actions() {
  const inc = subject(), next = store.next.value;
  if (store.readOnly) return html`<footer class="act"><span class="hint">${t('readonly')}</span></footer>`;
  const on = (id, key, text, act, cls = '') => html`<button type="button" class=${`b ${cls}`} id=${id} disabled=${!inc || pending.value[inc.id]} onClick=${() => act(inc)}>${key && html`<kbd>${key}</kbd>`}${text}</button>`;
  return html`<footer class="act" role="toolbar" aria-label=${t('actions')}>
    <button type="button" class=${`b ${next ? (isOrder(next) ? 'cool' : 'hot') : ''}`} id="ack" disabled=${!next || pending.value[next.id]} onClick=${() => acknowledge(next)}><kbd>F2</kbd>${next && pending.value[next.id] ? t('sending') : next && isOrder(next) ? t('act.take_order') : t('act.ack')}${next && next.id !== inc?.id ? html`<span class="whom"> · ${nameOf(next)}</span>` : ''}</button>
    ${on('call-elder', 'F8', t('act.call_elder'), i => store.ring(i.id, 'elder'))}
    ${on('assign', 'F4', t('act.assign'), i => store.open('assign', i.id))}
    ${on('call-family', '⇧F8', t('act.call_family'), i => store.ring(i.id, 'family'))}
    ${on('call-120', '', '120', i => store.ring(i.id, 'ambulance'))}
    ${on('to-note', 'F9', t('note'), () => document.getElementById('note')?.focus(), 'spare')}
    <button type="button" class="b" onClick=${hush}><kbd>⇧F2</kbd>${t('act.hush')}</button>
    <span class="grow"></span>
    ${on('close', '⇧F9', t('act.close'), i => store.open('close', i.id))}
  </footer>`;
}

const DIALOGS = { close: Closing, assign: Assign, takeover: TakeOver, handover: HandOver };

/** The dialog that is open, made anew for each incident. */
export function Dialogs() {
  const d = store.dialog.value;
  if (!d) return null;
  return html`<${DIALOGS[d.what]} key=${`${d.what} ${d.id}`} ...${d} />`;
}
