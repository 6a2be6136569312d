/** Every error a person can meet, as one table: code, sentence, kind, and whether trying again can help. */

export type ErrorKind = 'bad-input' | 'not-found' | 'conflict' | 'not-allowed' | 'unavailable' | 'exhausted' | 'data-loss' | 'defect';

interface ErrorRow {
  readonly sentence: string;
  readonly kind: ErrorKind;
  readonly retry: boolean;
}

/** Sentences name {field}s that the thrower fills in. A code is never reused for another meaning. */
export const ERRORS = {
  CONFIG_UNREADABLE: { sentence: 'The configuration file {file} cannot be read: {why}.', kind: 'bad-input', retry: false },
  CONFIG_INVALID: { sentence: 'The configuration {file} is not valid:\n{problems}', kind: 'bad-input', retry: false },
  GRID_UNREADABLE: { sentence: 'The grid file {file} cannot be read: {why}.', kind: 'bad-input', retry: false },
  GRID_INVALID: { sentence: 'The grid {file} was refused, nothing of it was imported:\n{problems}', kind: 'bad-input', retry: false },
  GROUND_PLANE_INVALID: { sentence: "Camera {camera}: the ground plane cannot be solved: {why}. Survey at least four points, no three of them in line.", kind: 'bad-input', retry: false },
  GROUND_PLANE_DOUBTFUL: { sentence: "Camera {camera}: the surveyed points do not make a ground plane that can be trusted: {why}.", kind: 'bad-input', retry: false },
  PORT_IN_USE: { sentence: '{what} cannot listen on {host}:{port}: another program has the port. Stop it, set another port, or set port 0 to have a free one chosen.', kind: 'unavailable', retry: false },
  LISTEN_FAILED: { sentence: '{what} cannot listen on {host}:{port}: {why}. Set another host or port.', kind: 'unavailable', retry: false },
  REDIS_UNAVAILABLE: { sentence: 'Redis at {where} does not answer: {why}. Start it (the private one is started by "npm run up"), or correct redis.url in the configuration.', kind: 'unavailable', retry: true },
  REDIS_MISSING: { sentence: 'redis-server is not installed. Install it (Debian: apt-get install redis-server), or set redis.url to a Redis of your own.', kind: 'unavailable', retry: false },
  REDIS_FULL: { sentence: 'Redis at {where} takes no more: {why}. Free memory or raise its maxmemory.', kind: 'exhausted', retry: true },
  STORE_UNAVAILABLE: { sentence: 'The database at {where} does not answer: {why}.', kind: 'unavailable', retry: true },
  STORE_IN_USE: { sentence: 'The data folder {dir} is in use by process {pid}: one process may open the embedded database. Stop it, or choose another --data.', kind: 'conflict', retry: false },
  STORE_NEWER: { sentence: 'The database at {where} was written by a newer Gridwarden (schema {found}; this one knows up to {known}). Nothing was changed: start the newer version.', kind: 'conflict', retry: false },
  DISK_FULL: { sentence: 'The disk under {path} is full: {what} could not be written. Free space; nothing half-written was kept.', kind: 'exhausted', retry: true },
  OBJECT_STORE: { sentence: 'The object store {where} failed: {why}. It is tried again; nothing half-written was kept.', kind: 'unavailable', retry: true },
  FOLDER_UNSAFE: { sentence: 'The folder {dir} cannot be trusted with a private socket: {why}. Remove it, or choose a --data folder with a shorter path.', kind: 'not-allowed', retry: false },
  MODELS_MISSING: { sentence: 'No weights were found for model {model} (looked in {places}): run "npm run models -- pull" where there is internet, "npm run models -- add FILE" where there is not, or set GRIDWARDEN_MODELS to a folder that has {file}.', kind: 'not-found', retry: false },
  MODEL_HASH: { sentence: 'The model file {file} is not the one the manifest names (SHA-256 {found}, expected {expected}): it may be cut short or changed. Fetch it again with "npm run models -- pull", or add it again with "npm run models -- add FILE".', kind: 'data-loss', retry: false },
  MODEL_MISFIT: { sentence: 'The model {model} does not fit its decoder {decoder}: expected {expected}, found {found}.', kind: 'bad-input', retry: false },
  MODEL_SELF_TEST: { sentence: 'The model {model} failed its self-test: {why}.', kind: 'defect', retry: false },
  PROVIDER_MISSING: { sentence: 'The execution provider {provider} is not to be had: {why}.', kind: 'unavailable', retry: false },
  MODEL_PULL: { sentence: 'The weights {file} of model {model} could not be fetched from {url}: {why}. Try again, or fetch the file by other means and put it into {into}.', kind: 'unavailable', retry: true },
  MODEL_UNREADABLE: { sentence: 'The file {file} cannot be read: {why}.', kind: 'bad-input', retry: false },
  MODEL_UNKNOWN: { sentence: 'No manifest names the file {file} (SHA-256 {found}), so nothing was added. For a model of your own give its entry, too: "npm run models -- add FILE.onnx --entry ENTRY.yaml"; models/README.md says what stands in it.', kind: 'bad-input', retry: false },
  MODEL_CLASH: { sentence: 'The model {model} was not added: {why}.', kind: 'conflict', retry: false },
  MODELS_FOLDER: { sentence: 'The models folder {folder} cannot be written: {why}. Run the command as a user who may, or set GRIDWARDEN_MODELS to another folder.', kind: 'not-allowed', retry: false },
  BUNDLE_INVALID: { sentence: 'The bundle {file} was refused, nothing of it was added: {why}.', kind: 'bad-input', retry: false },
  BUNDLE_EMPTY: { sentence: 'There is nothing to pack: no weights but the built-in ones were found (looked in {places}). Run "npm run models -- pull" first.', kind: 'not-found', retry: false },
  MANIFEST_INVALID: { sentence: 'The model manifest {file} is not valid:\n{problems}', kind: 'bad-input', retry: false },
  CAMERA_UNREACHABLE: { sentence: 'Camera {camera} cannot be reached: {why}.', kind: 'unavailable', retry: true },
  CAMERA_CODEC: { sentence: 'Camera {camera} sends {codec}: only H.264, H.265 and MJPEG are read. Set its stream to one of them.', kind: 'bad-input', retry: true },
  CAMERA_NO_VIDEO: { sentence: 'Camera {camera} offers no video stream.', kind: 'bad-input', retry: true },
  CAMERA_STREAM_ENDED: { sentence: 'Camera {camera} ended its stream: {why}.', kind: 'unavailable', retry: true },
  CAMERA_DECODE: { sentence: 'Camera {camera}: the stream cannot be decoded: {why}.', kind: 'data-loss', retry: true },
  PICTURE_UNREADABLE: { sentence: 'A picture of {bytes} bytes cannot be read: {why}.', kind: 'data-loss', retry: false },
  PAYLOAD_INVALID: { sentence: 'The payload on {topic} does not fit: {why}.', kind: 'bad-input', retry: false },
  PAYLOAD_TOO_LARGE: { sentence: 'The payload on {topic} has {bytes} bytes; at most {maxBytes} are taken.', kind: 'bad-input', retry: false },
  TOPIC_NOT_ALLOWED: { sentence: 'Device {device} may not publish to {topic}. Add the topic to its topics in the configuration, or correct the device.', kind: 'not-allowed', retry: false },
  QUEUE_BUSY: { sentence: '{what} was not kept: {why}. It was not acknowledged, so the device sends it again.', kind: 'unavailable', retry: true },
  JOB_INVALID: { sentence: 'A job in queue {queue} does not fit its schema: {why}.', kind: 'defect', retry: false },
  JOB_HANDLERS: { sentence: 'The job {job} has {count} handlers in process {process}; it needs exactly one.', kind: 'defect', retry: false },
  MOVE_NOT_ALLOWED: { sentence: 'Case {case} cannot take the move {move}: {why}.', kind: 'conflict', retry: false },
  CASE_CHANGED: { sentence: 'Case {case} was changed by somebody else meanwhile (version {found}, you saw {seen}). Look again.', kind: 'conflict', retry: false },
  PATROL_UNFIT: { sentence: 'Patrol {patrol} cannot be sent: {why}.', kind: 'conflict', retry: false },
  PATROL_AWAY: { sentence: 'Patrol {patrol} has no phone at the MQTT door now; the order is tried again.', kind: 'unavailable', retry: true },
  MEDIA_GONE: { sentence: 'Camera {camera}: the still or clip cannot be had: {why}.', kind: 'unavailable', retry: true },
  EVIDENCE_FAILED: { sentence: 'The picture of alert {alert} could not be kept; the alert stands, and keeping it is tried again.', kind: 'unavailable', retry: true },
  HEALTH_UNFILED: { sentence: 'Camera {camera} is well again, but that it was not ({fault}) is not filed yet; clearing it is tried again.', kind: 'unavailable', retry: true },
  MEDIA_TRAY_FULL: { sentence: 'The media tray takes no {bytes} bytes more: {held} of {budget} are held.', kind: 'exhausted', retry: true },
  NOT_FOUND: { sentence: 'There is no {what} {id}.', kind: 'not-found', retry: false },
  RULE_INVALID: { sentence: 'The rule is not valid:\n{problems}', kind: 'bad-input', retry: false },
  RULE_NEEDS_PICTURES: { sentence: 'Rule {rule} ({kind}) looks at the picture itself, and only boxes are recorded, never pictures: it cannot be tried on recorded tracks. Put it into the configuration with severity Unknown to try it.', kind: 'not-allowed', retry: false },
  TRIAL_BUSY: { sentence: 'Another rule is being tried just now. Try again in a moment.', kind: 'exhausted', retry: true },
  SCOPE_TOO_NARROW: { sentence: 'This concerns the whole site, and you are responsible for a part of it.', kind: 'not-allowed', retry: false },
  BAD_REQUEST: { sentence: 'The request does not fit: {why}.', kind: 'bad-input', retry: false },
  SIGN_IN_REQUIRED: { sentence: 'Sign in first.', kind: 'not-allowed', retry: false },
  SIGN_IN_REFUSED: { sentence: 'The name, password or one-time code is not right, or the code was used or has run out.', kind: 'not-allowed', retry: false },
  SIGN_IN_SLOW_DOWN: { sentence: 'Too many attempts. Try again in {seconds} s.', kind: 'exhausted', retry: true },
  STREAMS_TOO_MANY: { sentence: 'You have {count} live views open already. Close one of them, then load this page again.', kind: 'exhausted', retry: false },
  LIVE_TICKET_REFUSED: { sentence: 'The ticket to this live video was used, has run out, or is not yours.', kind: 'not-allowed', retry: false },
  LIVE_FULL: { sentence: 'The server shows {count} live videos already. Try again later.', kind: 'exhausted', retry: true },
  REDACTION_AWAY: { sentence: 'Video with faces made unreadable is not to be had now: the process that makes it (redactor) is not running.', kind: 'unavailable', retry: true },
  REDACTION_NO_MODELS: { sentence: 'Video with faces made unreadable is not to be had: no weights to find faces with were found. Run "npm run models -- pull", and start again.', kind: 'unavailable', retry: true },
  REDACTION_FULL: { sentence: 'Faces are made unreadable in the video of {count} cameras already, as many as the machines here can. It goes on when one of them is closed.', kind: 'exhausted', retry: true },
  ROLE_TOO_LOW: { sentence: 'Your role {role} may not do this.', kind: 'not-allowed', retry: false },
  REQUEST_FOREIGN: { sentence: 'The request was refused: {why}.', kind: 'not-allowed', retry: false },
  INTERNAL: { sentence: 'Something failed in the program; the log has it under {reference}.', kind: 'defect', retry: false },
  CHILD_DIED: { sentence: 'The process {process} ended unexpectedly ({how}).', kind: 'defect', retry: true },
  NODE_MISSING: { sentence: 'Node 24 was not found in node_modules. Run "npm ci" on Linux x64 or arm64.', kind: 'unavailable', retry: false },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error type that is thrown on purpose. `cause` is kept; `message` is fit for a person to read. */
export class GridwardenError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retry: boolean;
  /** What the sentence was filled with, and what else programs are told (`reason`): whoever words it in another language needs them. */
  readonly fields: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, fields: Readonly<Record<string, string | number>> = {}, cause?: unknown) {
    const row: ErrorRow = ERRORS[code];
    super(row.sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(fields[name] ?? whole)), cause === undefined ? {} : { cause });
    this.name = 'GridwardenError';
    this.code = code;
    this.kind = row.kind;
    this.retry = row.retry;
    this.fields = fields;
  }
}

/** A sentence for any thrown thing: ours as written, others by their message, never a stack. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
