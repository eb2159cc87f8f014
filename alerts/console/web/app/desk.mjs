// @ts-check
// Commands of the operator. There is no queue for when the line is down: a
// command is either stored or the operator is told that it is not.
import { signal } from '../vendor/preact.mjs';
import { t, holder } from './words.mjs';
import { reason } from './reasons.mjs';

export const pending = signal(/** @type {Record<string, boolean>} */ ({})); // incidents with a command under way
export const notice = signal(/** @type {{text: string, bad: boolean, at: number} | null} */ (null));

export function tell(text, bad) { notice.value = { text, bad: Boolean(bad), at: Date.now() }; }

export async function post(path, body, extra = {}) {
  const { key, ...init } = extra;
  const headers = { 'Content-Type': 'application/json' };
  if (key) headers['Idempotency-Key'] = key;
  const res = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), cache: 'no-store', signal: AbortSignal.timeout(8000), ...init });
  const data = res.status === 204 ? {} : await res.json().catch(() => ({}));
  return { status: res.status, data };
}

/**
 * Sends one command with the version it was decided on, and says whether it was
 * taken down. What the desk refuses as stale, the operator has not seen: it is
 * shown, and never sent again by itself.
 */
export async function command(inc, what, body, apply) {
  if (pending.value[inc.id]) return false;
  pending.value = { ...pending.value, [inc.id]: true };
  try {
    const answer = await sendTwice(`/v1/incidents/${encodeURIComponent(inc.id)}/${what}`, { ...body, version: inc.version });
    if (answer.data.incident) apply(answer.data.incident);
    if (answer.status === 200) return answer.data;
    const proposed = answer.data.error === 'second_look';
    tell(refusalWords(what, answer), !proposed);
    return proposed;
  } catch {
    tell(t('cmd.lost'), true);
  } finally {
    const { [inc.id]: _, ...rest } = pending.value;
    pending.value = rest;
  }
  return false;
}

// The same key: if the first one arrived and only its answer was lost, the second is its answer.
export async function sendTwice(path, body) {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(12)), b => b.toString(16).padStart(2, '0')).join('');
  try {
    const first = await post(path, body, { key });
    if (first.status < 500) return first;
  } catch { /* once more below */ }
  return post(path, body, { key });
}

function refusalWords(what, { status, data }) {
  if (status === 401) return t('cmd.out');
  if (status === 403) return t('cmd.role');
  if (status === 404) return t('cmd.gone');
  if (status >= 500) return t('cmd.unstored');
  if (data.error === 'second_look') return t('close.proposed');
  if (data.incident?.ended) return t('cmd.closed_by', { by: data.by });
  if (what === 'acknowledge' && data.incident?.acked) return t('cmd.acked_by', { by: holder(data.by) });
  if (what === 'takeover' && data.error === 'stale') return t('cmd.has_it', { by: holder(data.by) });
  if (data.error === 'stale') return t('cmd.stale');
  return `${t('cmd.refused')} ${reason(data.message)}`;
}
