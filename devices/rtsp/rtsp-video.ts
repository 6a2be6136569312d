/** The video of one camera by RTSP (RFC 2326) and RTP (RFC 3550), taken apart in this process: pictures as they were coded, each with its times. */
import { randomBytes } from 'node:crypto';
import type net from 'node:net';
import type { Transport } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { StreamCodec } from '../camera/coded-stream.ts';
import { controlUri, rtspAddress, type RtspAddress } from './address.ts';
import { connect, LinkFailed } from './connect.ts';
import { Conversation, NOT_USABLE, WRONG_TRANSPORT } from './conversation.ts';
import { Datagrams } from './datagrams.ts';
import { H264Units } from './h264-units.ts';
import { H265Units } from './h265-units.ts';
import { JpegFrames } from './jpeg-frames.ts';
import type { CodedPicture, GivePicture, PayloadFormat } from './payload.ts';
import { readRtcp, receiverReport, type SenderReport } from './rtcp.ts';
import { type Reception, RtpStream } from './rtp.ts';
import { RtspLogin } from './rtsp-login.ts';
import { videoIn, type VideoDescription } from './sdp.ts';
import type { RtspMessage } from './wire.ts';

export interface RtspOptions {
  readonly cameraId: string;
  /** What comes over TLS (rtsps://) always comes inside that connection: datagrams would carry in the clear what it hides. */
  readonly transport: Transport;
  /** Certificates (PEM) that may vouch for an rtsps:// camera, beside the system's; null for those alone. */
  readonly caFile: string | null;
  /** Longest time until the camera plays. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface RtspPicture {
  /** As a decoder takes it (Annex B, or a whole JPEG); valid until the call returns. */
  readonly bytes: Buffer;
  readonly key: boolean;
  /** In the stream's own time, which goes on over the 32 bits that RTP has. */
  readonly streamMs: number;
  /** When the camera says that it took the picture (RTCP), null where it does not. */
  readonly cameraMs: number | null;
  /** When the first of it came. */
  readonly arrivedAtMs: number;
}

export interface VideoTaker {
  /** In decoding order. */
  picture(picture: RtspPicture): void;
  /** Once, when nothing more will come; why, in words for a person. */
  ended(why: string): void;
}

/** The least interval of receiver reports (RFC 3550, 6.2). */
const REPORT_EVERY_MS = 5000;
/** How long a camera keeps a session that is not heard of, where it does not say (RFC 2326, 12.37). */
const SESSION_TIMEOUT_S = 60;
/** How long TEARDOWN may take to leave. */
const GOODBYE_MS = 300;
const CHANNELS = [0, 1] as const;
const FORMATS: Readonly<Record<StreamCodec, new (give: GivePicture) => PayloadFormat>> = { h264: H264Units, hevc: H265Units, mjpeg: JpegFrames };

export class RtspVideo {
  readonly #options: RtspOptions;
  readonly #address: RtspAddress;
  readonly #taker: VideoTaker;
  readonly #conversation: Conversation;
  readonly #over = new AbortController();
  #socket: net.Socket | null = null;
  #datagrams: Datagrams | null = null;
  #description: VideoDescription | null = null;
  #stream: RtpStream | null = null;
  #channels: readonly [rtp: number, rtcp: number] = CHANNELS;
  #sessionUri: string;
  #session: string | null = null;
  #sessionTimeoutS = SESSION_TIMEOUT_S;
  #keepAliveBy = 'OPTIONS';
  #time = new StreamClock();
  #heard: { readonly report: SenderReport; readonly atMs: number } | null = null;
  #reported: Reception | null = null;
  #closed: Promise<void> | null = null;

  private constructor(address: RtspAddress, options: RtspOptions, taker: VideoTaker) {
    this.#address = address;
    this.#sessionUri = address.uri;
    this.#options = options;
    this.#taker = taker;
    this.#conversation = new Conversation({
      login: new RtspLogin(address.credentials, () => randomBytes(8).toString('hex')),
      media: (channel, packet) => this.#media(channel, packet),
      over: (why) => this.#ended(why),
    });
  }

  /** Resolves when the camera plays. Errors: CAMERA_UNREACHABLE, CAMERA_NO_VIDEO, CAMERA_CODEC; none of them holds the URL. */
  static async open(url: string, options: RtspOptions, taker: VideoTaker): Promise<RtspVideo> {
    const unreachable = (why: string): GridwardenError => new GridwardenError('CAMERA_UNREACHABLE', { camera: options.cameraId, why });
    const address = rtspAddress(url);
    if (!address) throw unreachable('its address is not an RTSP address; write rtsp://host:port/path');
    const video = new RtspVideo(address, options, taker);
    try {
      await video.#open();
      return video;
    } catch (error) {
      await video.close();
      throw error instanceof LinkFailed ? unreachable(error.message) : error;
    }
  }

  get codec(): StreamCodec {
    return this.#played.codec;
  }

  /** What the description told (Annex B), empty where nothing. */
  get parameterSets(): Buffer {
    return this.#played.parameterSets;
  }

  /** What it came to. */
  get transport(): Transport {
    return this.#datagrams ? 'udp' : 'tcp';
  }

  /** While paused the camera is not read: the one bound on memory where it sends faster than is taken. Datagrams come all the same. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Tells the camera, and lets go. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #played(): VideoDescription {
    if (!this.#description) throw new Error('the video was not opened');
    return this.#description;
  }

  async #open(): Promise<void> {
    const { clock, timeoutMs, signal } = this.#options;
    const untilMs = clock.nowMs() + timeoutMs;
    this.#socket = await connect(this.#address, this.#options, this.#conversation.take);
    const settled = new AbortController();
    // Whatever waits for an answer ends with the conversation.
    void clock.sleep(Math.max(0, untilMs - clock.nowMs()), AbortSignal.any([signal, settled.signal])).then(() => {
      if (!settled.signal.aborted) this.#conversation.end(signal.aborted ? 'it was stopped' : `it did not answer within ${timeoutMs / 1000} s`);
    });
    try {
      this.#conversation.begin(this.#socket);
      await this.#play();
    } finally {
      settled.abort();
    }
    void this.#keepUp();
  }

  async #play(): Promise<void> {
    const can = await this.#conversation.ask('OPTIONS', this.#address.uri);
    if (/\bGET_PARAMETER\b/.test(can.headers.get('public')?.join(',') ?? '')) this.#keepAliveBy = 'GET_PARAMETER';
    const described = await this.#conversation.ask('DESCRIBE', this.#address.uri, { Accept: 'application/sdp' });
    const video = (this.#description = this.#videoIn(described.body));
    const base = described.headers.get('content-base')?.[0] ?? described.headers.get('content-location')?.[0] ?? this.#address.uri;
    this.#stream = this.#streamOf(video);
    await this.#setUp(controlUri(base, video.control));
    this.#sessionUri = controlUri(base, video.sessionControl);
    await this.#conversation.ask('PLAY', this.#sessionUri, { ...this.#sessionHeader(), Range: 'npt=0.000-' });
  }

  #videoIn(body: string): VideoDescription {
    const { cameraId: camera } = this.#options;
    if (!/^m=/m.test(body)) throw new LinkFailed(NOT_USABLE);
    const video = videoIn(body);
    if (video === null) throw new GridwardenError('CAMERA_NO_VIDEO', { camera });
    if ('unknownCodec' in video) throw new GridwardenError('CAMERA_CODEC', { camera, codec: video.unknownCodec });
    return video;
  }

  #streamOf(video: VideoDescription): RtpStream {
    const format = new FORMATS[video.codec]((picture) => this.#give(picture));
    this.#time = new StreamClock(video.clockRate);
    return new RtpStream({ ...video, ordered: !this.#byDatagrams }, (bytes, about) => format.push(bytes, about));
  }

  get #byDatagrams(): boolean {
    return this.#options.transport === 'udp' && !this.#address.secure;
  }

  async #setUp(uri: string): Promise<void> {
    if (this.#byDatagrams && this.#socket) this.#datagrams = await Datagrams.open(this.#socket, { rtp: (packet) => this.#rtp(packet), rtcp: (packet) => this.#rtcp(packet) });
    const wanted = this.#datagrams ? `RTP/AVP;unicast;client_port=${this.#datagrams.ports.join('-')}` : `RTP/AVP/TCP;unicast;interleaved=${CHANNELS.join('-')}`;
    const answer = await this.#conversation.ask('SETUP', uri, { Transport: wanted });
    const [session = '', ...parameters] = (answer.headers.get('session')?.[0] ?? '').split(';');
    this.#session = session.trim();
    const timeoutS = Number(/timeout\s*=\s*(\d+)/i.exec(parameters.join(';'))?.[1]);
    if (timeoutS > 0) this.#sessionTimeoutS = timeoutS;
    this.#agreeOn(answer);
  }

  #agreeOn(answer: RtspMessage): void {
    const transport = answer.headers.get('transport')?.[0] ?? '';
    if (/^RTP\/AVP\/TCP\b/i.test(transport) === (this.#datagrams !== null) && transport !== '') throw new LinkFailed(WRONG_TRANSPORT);
    this.#channels = pairIn(transport, 'interleaved') ?? CHANNELS;
    const ports = pairIn(transport, 'server_port');
    // A packet of RTP that says nothing. Some cameras listen nowhere, and say so with zeros.
    if (ports && ports[0] > 0 && ports[1] > 0) this.#datagrams?.begin(ports, Buffer.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  #sessionHeader(): Record<string, string> {
    return this.#session === null || this.#session === '' ? {} : { Session: this.#session };
  }

  #media(channel: number, packet: Buffer): void {
    if (channel === this.#channels[0]) this.#rtp(packet);
    else if (channel === this.#channels[1]) this.#rtcp(packet);
  }

  #rtp(packet: Buffer): void {
    const nowMs = this.#options.clock.nowMs();
    if (packet.length >= 8) this.#time.arrives(packet.readUInt32BE(4), nowMs);
    this.#stream?.push(packet, nowMs);
  }

  #rtcp(packet: Buffer): void {
    const { report, goodbye } = readRtcp(packet);
    const ssrc = this.#stream?.reception?.ssrc;
    if (report && (ssrc === undefined || report.ssrc === ssrc)) this.#heard = { report, atMs: this.#options.clock.nowMs() };
    if (ssrc !== undefined && goodbye.includes(ssrc)) this.#conversation.end('it said goodbye and the connection was closed');
  }

  #give({ bytes, key, timestamp }: CodedPicture): void {
    if (this.#over.signal.aborted) return;
    const { streamMs, arrivedAtMs } = this.#time.place(timestamp, this.#options.clock.nowMs());
    const heard = this.#heard?.report;
    const cameraMs = heard === undefined || heard.ssrc !== this.#stream?.reception?.ssrc ? null : heard.cameraMs + this.#time.ms((timestamp - heard.timestamp) | 0);
    this.#taker.picture({ bytes, key, streamMs, cameraMs, arrivedAtMs });
  }

  /** Tells the camera every few seconds that somebody is there, and what arrives. */
  async #keepUp(): Promise<void> {
    const { clock } = this.#options;
    const keepAliveEveryMs = Math.max(1, this.#sessionTimeoutS / 2) * 1000;
    const everyMs = Math.min(REPORT_EVERY_MS, keepAliveEveryMs);
    const reportsPerKeepAlive = Math.floor(keepAliveEveryMs / everyMs);
    const identity = randomBytes(12);
    const cname = identity.toString('hex', 4);
    // Counted, not timed: a clock that is set while the camera plays lets no session grow old.
    for (let reports = 1; ; reports++) {
      await clock.sleep(everyMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      this.#report(identity.readUInt32BE(0), cname);
      if (reports % reportsPerKeepAlive === 0) this.#conversation.tell(this.#keepAliveBy, this.#sessionUri, this.#sessionHeader());
    }
  }

  #report(ownSsrc: number, cname: string): void {
    const now = this.#stream?.reception;
    if (!now) return;
    const heard = this.#heard && { ntpMiddle: this.#heard.report.ntpMiddle, agoMs: this.#options.clock.nowMs() - this.#heard.atMs };
    const report = receiverReport({ ownSsrc, cname, now, before: this.#reported, heard });
    this.#reported = now;
    if (this.#datagrams) return this.#datagrams.report(report);
    const head = Buffer.of(0x24, this.#channels[1], report.length >> 8, report.length & 0xff);
    this.#conversation.send(Buffer.concat([head, report]));
  }

  #ended(why: string): void {
    const first = !this.#over.signal.aborted;
    this.#over.abort();
    if (first) this.#taker.ended(why);
  }

  async #close(): Promise<void> {
    this.#over.abort();
    const socket = this.#socket;
    if (socket && !socket.destroyed) {
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      if (this.#session !== null) this.#conversation.tell('TEARDOWN', this.#sessionUri, this.#sessionHeader());
      // What still comes is not wanted, but unread it would hold the end back.
      this.#conversation.end('it was closed here');
      socket.resume();
      socket.end();
      await this.#options.clock.sleep(GOODBYE_MS, gone.signal);
      socket.destroy();
    }
    this.#datagrams?.close();
  }
}

/** Two numbers of a transport (RFC 2326, 12.39), the second the next one where it is left out. */
function pairIn(transport: string, name: string): readonly [number, number] | null {
  const pair = new RegExp(`\\b${name}=(\\d{1,5})(?:-(\\d{1,5}))?`, 'i').exec(transport);
  if (pair === null) return null;
  const first = Number(pair[1]);
  const second = Number(pair[2] ?? first + 1);
  return first > 65_535 || second > 65_535 ? null : [first, second];
}

/** A stream's time over the 32 bits of RTP, and when the first packet of each picture came. */
class StreamClock {
  readonly #ticksPerMs: number;
  #last: { readonly timestamp: number; readonly ticks: number } | null = null;
  #arriving = { timestamp: -1, atMs: 0 };
  #before = { timestamp: -1, atMs: 0 };

  constructor(clockRate = 90_000) {
    this.#ticksPerMs = clockRate / 1000;
  }

  ms(ticks: number): number {
    return ticks / this.#ticksPerMs;
  }

  arrives(timestamp: number, atMs: number): void {
    if (timestamp === this.#arriving.timestamp) return;
    this.#before = this.#arriving;
    this.#arriving = { timestamp, atMs };
  }

  place(timestamp: number, nowMs: number): { readonly streamMs: number; readonly arrivedAtMs: number } {
    const ticks = this.#last === null ? 0 : this.#last.ticks + ((timestamp - this.#last.timestamp) | 0);
    this.#last = { timestamp, ticks };
    const came = [this.#arriving, this.#before].find((each) => each.timestamp === timestamp);
    return { streamMs: this.ms(ticks), arrivedAtMs: came?.atMs ?? nowMs };
  }
}
