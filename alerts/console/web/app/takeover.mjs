// @ts-check
// Taking an incident over from the operator who has it. The reason goes on the
// timeline, so that nobody wonders who let it go.
import { html, useState } from '../vendor/preact.mjs';
import { t, word, holder } from './words.mjs';
import * as store from './store.mjs';
import { command, pending, tell } from './desk.mjs';
import { Cancel, Dialog, Gone, leave } from './dialog.mjs';

export function TakeOver({ id }) {
  const inc = store.incidents.value.get(id);
  const [reason, setReason] = useState('');
  if (!inc?.acked) return html`<${Gone} name="takeover" title=${t('takeover.title')} />`;
  const submit = async e => {
    e.preventDefault();
    if (reason.trim() && await take(inc, reason)) leave();
  };
  return html`<${Dialog} name="takeover" title=${t('takeover.title')} inc=${inc}><form onSubmit=${submit}>
    <p>${t('takeover.from', { by: holder(inc.acked.operator) })}</p>
    <div class="ways">${['shift', 'away', 'supervisor', 'agreed'].map(k => html`<button type="button" key=${k} class=${reason === word('because', k) ? 'on' : ''} onClick=${() => setReason(word('because', k))}>${word('because', k)}</button>`)}</div>
    <label class="close-note">${t('takeover.reason')} (${t('needed')})<input id="reason" value=${reason} maxlength="300" onInput=${e => setReason(e.target.value)} /></label>
    <div class="row"><${Cancel} /><button type="submit" class="b hot" id="takeover-do" disabled=${!reason.trim() || pending.value[inc.id]}>${t(pending.value[inc.id] ? 'sending' : 'takeover.do')}</button></div>
  </form><//>`;
}

/** Takes it from whoever has it on this page; if that is another one by now, it is refused. */
export async function take(inc, reason) {
  const done = await command(inc, 'takeover', { from: inc.acked.operator, reason }, store.took);
  if (done) tell(t('takeover.done', { by: holder(inc.acked.operator) }));
  return done;
}
