// @ts-check
// The words of this page. Names, addresses and texts are shown as they are.
const zh = {
  title: '演示手机', note: '人员与号码均为虚构；短信与电话经模拟运营商收发。点按钮或输入文字即可代为回复，也可代为接听。',
  none: '还没有短信。按键后几秒内，会在这里看到通知到的人。', console: '打开指挥台', lang: 'English',
  all: '全部', helpers: '响应人员', family: '家属', live: '已连接', lost: '连接中断，正在重连…',
  worker: '社工', grid_leader: '网格长', volunteer: '志愿者', doctor: '医生', clinic: '卫生站', hospital: '医院', police: '民警', provider: '服务商', supervisor: '值班主管', centre: '上级中心', engineer: '值班工程师', stranger: '未登记号码',
  of: '{elder}的{relation}', accept: '接单', decline: '去不了', arrived: '已到达', take: '接手', come: '能赶到', cannot: '不能来',
  type: '输入回复…', send: '发送', failed: '没有发出去：{why}',
  queued: '排队中', accepted: '排队中', sending: '发送中', sent: '已发出', delivered: '已送达', undelivered: '未送达', state_failed: '发送失败', received: '已回复', unknown: '状态不明',
  call: '电话', ringing: '来电', initiated: '正在呼叫', answered: '通话中', pick: '接听', hang: '挂断', reject: '不接', silence: '…', pressed: '按了{keys}', again: '重听',
  call_completed: '已接听', call_busy: '未接（占线）', 'call_no-answer': '无人接听', call_failed: '打不通', call_canceled: '已撤回',
};
const en = {
  title: 'Demo phones', note: 'People and numbers are made up; texts and calls go through a simulated carrier. Answer for anyone: use the buttons or type.',
  none: 'No texts yet. Seconds after a press, those who are told appear here.', console: 'Open the console', lang: '中文',
  all: 'All', helpers: 'Responders', family: 'Family', live: 'connected', lost: 'Connection lost, trying again…',
  worker: 'worker', grid_leader: 'grid leader', volunteer: 'volunteer', doctor: 'doctor', clinic: 'clinic', hospital: 'hospital', police: 'police', provider: 'service provider', supervisor: 'supervisor', centre: 'next centre', engineer: 'engineer', stranger: 'unregistered number',
  of: 'family of {elder} ({relation})', accept: 'accept', decline: 'cannot', arrived: 'arrived', take: 'take it', come: 'can come', cannot: 'cannot',
  type: 'Type an answer…', send: 'Send', failed: 'It was not sent: {why}',
  queued: 'queued', accepted: 'queued', sending: 'sending', sent: 'sent', delivered: 'delivered', undelivered: 'not delivered', state_failed: 'failed', received: 'answered', unknown: 'unknown',
  call: 'Call', ringing: 'Incoming call', initiated: 'Being called', answered: 'On the phone', pick: 'Answer', hang: 'Hang up', reject: 'Decline', silence: '…', pressed: 'pressed {keys}', again: 'again',
  call_completed: 'answered', call_busy: 'busy', 'call_no-answer': 'not answered', call_failed: 'not connected', call_canceled: 'taken back',
};

// What the address asks for, else the browser: English if it names English and no Chinese, as the console does.
const asked = new URLSearchParams(location.search).get('lang');
const browser = navigator.languages.join().toLowerCase();
export const lang = asked === 'en' || asked === 'zh-CN' ? asked : browser.includes('en') && !browser.includes('zh') ? 'en' : 'zh-CN';
const words = lang === 'en' ? en : zh;

/** @param {string} key @param {Record<string, string>} [values] */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}
