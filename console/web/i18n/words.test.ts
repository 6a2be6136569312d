/** Both languages fill the same fields in, no Chinese sentence falls back to English, and set-aside messages are told apart by what the gateway really writes. */
import { describe, expect, test } from 'vitest';
import { genericJson } from '../../../devices/generic-json/language.ts';
import { owntracks } from '../../../devices/owntracks/language.ts';
import { patrolReply } from '../../../devices/patrol-reply/language.ts';
import { GridwardenError } from '../../../platform/errors.ts';
import { testDevice, testMessage } from '../../../test-fixtures/devices/message.ts';
import { ApiError } from '../api/client.ts';
import { unreadKind } from '../overview/unread-kind.ts';
import { en } from './en.ts';
import { errorSentence } from './errors.ts';
import { zh } from './zh.ts';

const fieldsIn = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '').toSorted();

describe('sentences with fields', () => {
  test.each(['errors', 'moveRefusals', 'patrolRefusals', 'cameraTroubles'] as const)('%s name the same fields in both languages', (table) => {
    const english = Object.entries(en[table]).map(([code, sentence]) => [code, fieldsIn(sentence)]);
    expect(Object.entries(zh[table]).map(([code, sentence]) => [code, fieldsIn(sentence)])).toEqual(english);
  });
});

describe('a refusal in words', () => {
  const refusal = (code: string, fields: Record<string, string | number>) => new ApiError(code, 409, 'English of the server', fields);
  test.each([
    [refusal('MOVE_NOT_ALLOWED', { move: 'close', reason: 'true-needs-follow-up', stage: 'handling' }), '不能“结案”：属实的案件须经回访后结案；本案处于“协调处理”。'],
    [refusal('MOVE_NOT_ALLOWED', { move: 'claim', reason: 'held-by-another', holder: '周敏' }), '不能“认领”：本案由周敏经办；请对方放回，或由管理员认领。'],
    [refusal('PATROL_UNFIT', { patrol: '东巡', reason: 'hands-full', open: 2, most: 2 }), '东巡不能派出：该组已有 2 条未完指令，上限 2 条。'],
    [refusal('ROLE_TOO_LOW', { role: 'viewer' }), '您的角色（查看员）无权这样做。'],
    [refusal('SIGN_IN_SLOW_DOWN', { seconds: 41 }), '尝试次数过多，请 41 秒后再试。'],
    [refusal('SOMETHING_NEW', {}), '服务器拒绝了该请求（SOMETHING_NEW）。'],
  ])('%o', (error, sentence) => expect(errorSentence(error, zh)).toBe(sentence));
});

describe('why a message was set aside', () => {
  const whyRefused = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      if (error instanceof GridwardenError) return error.message;
    }
    throw new Error('it was not refused');
  };
  const timed = testDevice({ mapping: { measurements: { t: '/t' }, time: '/at', id: '/id' } });
  test.each([
    ['not-json', () => genericJson.read(testMessage('T=21.5'))],
    ['not-utf8', () => genericJson.read(testMessage(new Uint8Array([0xff, 0xfe, 0x41])))],
    ['no-mapping', () => genericJson.read(testMessage({ t: 1 }, { device: testDevice({ mapping: null }) }))],
    ['no-measurement', () => genericJson.read(testMessage({ other: 1 }))],
    ['not-a-number', () => genericJson.read(testMessage({ t: 'NaN' }))],
    ['bad-time', () => genericJson.read(testMessage({ t: 1, at: 'yesterday', id: 'a' }, { device: timed }))],
    ['bad-id', () => genericJson.read(testMessage({ t: 1, at: 1_790_000_000, id: {} }, { device: timed }))],
    ['wrong-type', () => owntracks.read(testMessage({ hello: 1 }))],
    ['bad-place', () => owntracks.read(testMessage({ _type: 'location', lat: 'x', lon: 1, tst: 1_790_000_000 }))],
    ['bad-answer', () => patrolReply.read(testMessage({ status: 'gone' }, { topic: 'patrol/p1/orders/o1/status' }))],
    ['bad-answer', () => patrolReply.read(testMessage('[]', { topic: 'patrol/p1/duty' }))],
    ['wrong-topic', () => patrolReply.read(testMessage({}, { topic: 'patrol/p1/else' }))],
  ])('%s', (kind, read) => expect(unreadKind(whyRefused(read))).toBe(kind));

  test('what the MQTT door says', () => {
    expect(unreadKind(new GridwardenError('PAYLOAD_TOO_LARGE', { topic: 't', bytes: 9, maxBytes: 8 }).message)).toBe('too-large');
    expect(unreadKind(new GridwardenError('TOPIC_NOT_ALLOWED', { device: 'd', topic: 't' }).message)).toBe('wrong-topic');
    expect(unreadKind('anything else')).toBe('other');
  });
});
