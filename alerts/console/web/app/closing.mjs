// @ts-check
// Closing: how it ended, and why one operator alone may not say "by mistake" of
// somebody whom nobody has heard or seen.
import { html, useState } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import * as store from './store.mjs';
import { command, pending } from './desk.mjs';
import { callBack, confirms, isOrder, secondLook } from './help.mjs';
import { Cancel, Dialog, Gone, leave } from './dialog.mjs';

// In the order of dispatch.Dispositions; a test compares them.
export const DISPOSITIONS = ['assisted', 'conveyed', 'false_alarm', 'test', 'device_fault', 'no_access', 'visited_no_call', 'served', 'other'];

export function Closing({ id, how: first }) {
  const inc = store.incidents.value.get(id);
  const [how, setHow] = useState(first || '');
  const [note, setNote] = useState('');
  if (!inc) return html`<${Gone} name="close" title=${t('close.title')} />`;
  const needsNote = how === 'other' && !note.trim();
  const second = secondLook(inc, how), confirm = second && confirms(inc, how, store.me), uncalled = callBack(inc, how);
  const submit = async e => {
    e.preventDefault();
    if (how && !needsNote && !uncalled && await command(inc, 'close', { disposition: how, note }, store.took)) leave();
  };
  const ring = () => { leave(); store.ring(inc.id, 'elder'); };
  return html`<${Dialog} name="close" title=${t('close.title')} inc=${inc}><form onSubmit=${submit}>
    ${inc.proposed && html`<p class="banner proposed">${t(inc.proposed.operator === store.me ? 'proposed.mine' : 'proposed.other', { by: inc.proposed.operator, how: word('disposition', inc.proposed.disposition) })} <span>${inc.proposed.note || ''}</span></p>`}
    <div class="ways">${DISPOSITIONS.filter(d => d !== 'served' || isOrder(inc)).map(d => html`<label key=${d} class=${how === d ? 'on' : ''}><input type="radio" name="how" value=${d} checked=${how === d} onChange=${() => setHow(d)} /> ${word('disposition', d)}</label>`)}</div>
    ${(second || uncalled) && html`<div class="banner second" id="second"><p>${t(uncalled ? 'close.call_back' : confirm ? 'close.confirm' : 'close.second')}</p>
      ${!confirm && html`<button type="button" onClick=${ring}>${t('close.ring')}</button>`}</div>`}
    <label class="close-note">${t('close.note')}${how === 'other' ? ` (${t('needed')})` : ''}<input value=${note} maxlength="600" onInput=${e => setNote(e.target.value)} /></label>
    <div class="row"><${Cancel} /><button type="submit" class="b hot" id="close-do" disabled=${!how || needsNote || uncalled || pending.value[inc.id]}>${t(pending.value[inc.id] ? 'sending' : second && !confirm ? 'close.propose' : confirm ? 'close.confirm_do' : 'close.do')}</button></div>
  </form><//>`;
}
