// @ts-check
// How messages stand: which of them ask for something, and what became of them.
import { html } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';

// The texts and calls that want an answer; all others only tell.
const ASKS = ['responder_alert', 'responder_alert_min', 'family_alert', 'service_order', 'service_order_min', 'escalate', 'desk_call', 'idle', 'storm'];
export const asks = a => ASKS.includes(a.kind);

export const bad = a => a.state === 'failed' || a.state === 'not_sent';
const underWay = a => ['intended', 'handed', 'sent', 'delivered'].includes(a.state);

/** Nobody has reached this person by any way, as far as carriers have said. */
export const unreached = (a, inc) => bad(a) && !inc.alerts.some(b => b.to === a.to && asks(b) && underWay(b));

/** How some messages stand: "短信 4/5 已送达，1 失败，电话 1/1 已接通". */
export function standing(alerts) {
  return ['sms', 'voice'].flatMap(channel => {
    const of = alerts.filter(a => a.channel === channel), n = s => of.filter(a => a.state === s).length;
    return of.length ? [
      t(channel === 'voice' ? 'told.voice' : 'told', { n: n('delivered'), all: of.length }),
      n('failed') && t('told.failed', { n: n('failed') }),
      n('not_sent') && t('told.not_sent', { n: n('not_sent') }),
      n('ambiguous') && t('told.ambiguous', { n: n('ambiguous') }),
    ].filter(Boolean) : [];
  }).join(t('comma'));
}

/** The state of a message in a word; for a call the words of a call. */
export const stateOf = a => (a.channel === 'voice' ? word('rung', a.state) : word('alert', a.state));

/** A message nobody sent must not look like one under way. */
export function Delivery({ alert }) {
  if (!alert) return null;
  const colour = { delivered: 'g', failed: 'r', not_sent: 'r', ambiguous: 'y' }[alert.state] || 'y';
  return html`<span class=${`sms ${colour}`}>${word('channel', alert.channel)} ${stateOf(alert)}${alert.code && html`<small title=${alert.code}>${word('code', alert.code)}</small>`}</span>`;
}
