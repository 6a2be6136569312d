/** Asks the console's API: JSON both ways, the header that proves the request is ours, and errors with their code. */
import type { CaseDetail } from '../../../domain/case.ts';
import type { QuarantinedMessage } from '../../../domain/device.ts';
import type { Operator } from '../../../domain/operator.ts';
import type { Choice } from '../../../domain/choice.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { LiveVariant } from '../../../domain/live-video.ts';
import type { ArmProfileState } from '../../../domain/rule.ts';
import type { RecordedPaths, Trial } from '../../../domain/trial.ts';
import type { AlertAnswer, CameraRow, CellCollection, DeviceRow, Me, MoveRequest, PatrolRow, Summary } from './contract.ts';

/** What the server's sentence was filled with. */
export type RefusalFields = Readonly<Record<string, string | number>>;

/** A refusal with the server's code and fields; `code` is OFFLINE when no answer came at all, or only that of a proxy. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: RefusalFields;

  constructor(code: string, status: number, message: string, fields: RefusalFields = {}, cause?: unknown) {
    super(message, { cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

export interface AlertQuery {
  readonly limit: number;
  /** Code prefix; empty for all. */
  readonly cell?: string;
  /** Comma-separated stages; empty for all. */
  readonly stage?: string;
  readonly source?: string;
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly fields?: unknown;
}

/** What a proxy answers for a server that is away. */
const PROXY_STATUS: ReadonlySet<number> = new Set([502, 503, 504]);

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const unknown = PROXY_STATUS.has(response.status) ? 'OFFLINE' : `HTTP_${response.status}`;
  const code = typeof body.code === 'string' ? body.code : unknown;
  const fields = typeof body.fields === 'object' && body.fields !== null ? (body.fields as RefusalFields) : {};
  return new ApiError(code, response.status, typeof body.message === 'string' ? body.message : response.statusText, fields);
}

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-gridwarden'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('OFFLINE', 0, 'The console server does not answer.', {}, error);
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask('GET', path, undefined, signal)).json()) as T;
}

const id = encodeURIComponent;

export const api = {
  me: () => read<Me>('/api/me'),
  signIn: async (body: { code: string } | { name: string; password: string }) =>
    (await (await ask('POST', '/api/session', body)).json()) as { operator: Operator; mustSetPassword: boolean },
  signOut: async () => void (await ask('DELETE', '/api/session')),
  setPassword: async (password: string) => void (await ask('PUT', '/api/me/password', { password })),
  cells: () => read<CellCollection>('/api/cells'),
  cameras: async () => (await read<{ cameras: CameraRow[] }>('/api/cameras')).cameras,
  patrols: async () => (await read<{ patrols: PatrolRow[] }>('/api/patrols')).patrols,
  sensors: async () => (await read<{ devices: DeviceRow[] }>('/api/sensors')).devices,
  alerts: async (query: AlertQuery) => {
    const asked = new URLSearchParams({ limit: String(query.limit) });
    if (query.cell) asked.set('cell', query.cell);
    if (query.stage) asked.set('stage', query.stage);
    if (query.source) asked.set('source', query.source);
    return (await read<{ alerts: AlertRow[] }>(`/api/alerts?${asked.toString()}`)).alerts;
  },
  alert: (alertId: string, signal?: AbortSignal) => read<AlertAnswer>(`/api/alerts/${id(alertId)}`, signal),
  candidates: (caseId: string, signal?: AbortSignal) => read<Choice>(`/api/cases/${id(caseId)}/candidates`, signal),
  move: async (caseId: string, move: MoveRequest) =>
    ((await (await ask('POST', `/api/cases/${id(caseId)}/moves`, move)).json()) as { case: CaseDetail }).case,
  quarantine: async () => (await read<{ messages: QuarantinedMessage[] }>('/api/quarantine?limit=20')).messages,
  armProfile: () => read<ArmProfileState>('/api/arm-profile'),
  setArmProfile: async (profile: string) => (await (await ask('PUT', '/api/arm-profile', { profile })).json()) as ArmProfileState,
  recordedPaths: (cameraId: string, fromMs: number | null, signal?: AbortSignal) => read<RecordedPaths>(`/api/cameras/${id(cameraId)}/tracks${fromMs === null ? '' : `?from=${fromMs}`}`, signal),
  tryRule: async (wanted: object) => (await (await ask('POST', '/api/rules/dry-run', wanted)).json()) as Trial,
  /** Good once, for some seconds. */
  liveTicket: async (cameraId: string, asked: { readonly variant?: 'redacted'; readonly purpose?: string }, signal: AbortSignal) =>
    (await (await ask('POST', `/api/cameras/${id(cameraId)}/live-ticket`, asked, signal)).json()) as { readonly ticket: string; readonly variant: LiveVariant },
  /** Answers at once; the alert tells when the redacted clip is there. */
  redactClip: async (evidenceId: string) => void (await ask('POST', `/api/evidence/${id(evidenceId)}/redacted`)),
  summary: () => read<Summary>('/api/summary'),
  /** The live stream's body, to be read for as long as the signal lets it. */
  stream: async (signal: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
    const response = await ask('GET', '/api/stream', undefined, signal);
    if (!response.body) throw new ApiError('OFFLINE', 0, 'The live stream has no body.');
    return response.body;
  },
};

export const evidenceUrl = (evidenceId: string): string => `/api/evidence/${id(evidenceId)}.jpg`;

/** With a purpose, as it was taken; that is for those alone who may see faces. */
export const clipUrl = (evidenceId: string, purpose?: string): string => `/api/evidence/${id(evidenceId)}/clip${purpose === undefined ? '' : `?purpose=${id(purpose)}`}`;
