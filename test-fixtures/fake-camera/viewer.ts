/** One viewer of a fake camera: its place in the endlessly repeated clip, and its packets. */
import type { Ids } from '../../platform/ids.ts';
import { type AccessUnit, type Clip, TICKS_PER_S } from './clip.ts';
import { type Fault, RubbishSource, truncate } from './fault.ts';
import { HEVC_SPS, NAL_SPS, hevcNalType, nalType } from './nal-units.ts';
import type { Outlet } from './outlet.ts';
import { packetise } from './packetise.ts';
import { MAX_PAYLOAD, type RtpStream, rtpHeader, senderReport } from './rtp.ts';
import { payloadTypeOf } from './sdp.ts';

export interface ViewerCounts {
  readonly frames: number;
  readonly packets: number;
  readonly bytes: number;
  /** Left out because the viewer did not read. */
  readonly framesDropped: number;
}

const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** What a camera says about the time of day in its sender reports. */
export interface Reports {
  /** Null: it sends none. */
  everyMs: number | null;
  firstAfterMs: number;
  /** How far the camera's clock is ahead of the true time. */
  clockAheadMs: number;
}

export interface ViewerParts {
  readonly clip: Clip;
  readonly fault: Fault | null;
  readonly outlet: Outlet;
  /** The camera's own object: what it holds may change at any time. */
  readonly reports: Readonly<Reports>;
  readonly counts: { -readonly [K in keyof ViewerCounts]: number };
  readonly ids: Ids;
}

export class Viewer {
  readonly stream: RtpStream;
  readonly outlet: Outlet;
  #clip: Clip;
  readonly #fault: Fault | null;
  readonly #reports: Readonly<Reports>;
  readonly #counts: { -readonly [K in keyof ViewerCounts]: number };
  #timestampBase: number;
  readonly #rubbish: RubbishSource;
  readonly #stretch: number;
  /** Units since the first round's first unit; the clip repeats for ever. */
  #position = 0;
  /** Ticks of the shared or own timeline's beginning within the clip, and the wall time of that. */
  #originTicks = 0;
  #originMs = 0;
  #nextReportMs = 0;
  #sent = 0;
  #waitForKey = false;
  #over = false;

  constructor({ clip, fault, outlet, reports, counts, ids }: ViewerParts) {
    this.#clip = clip;
    this.#fault = fault;
    this.outlet = outlet;
    this.#reports = reports;
    this.#counts = counts;
    // Random beginnings, as RFC 3550, 5.1 asks: whoever relies on zero shall find out here.
    const random32 = (): number => Math.floor(ids.random() * 2 ** 32);
    this.#timestampBase = random32();
    this.stream = { ssrc: random32(), payloadType: payloadTypeOf(clip, fault), channel: outlet.channels[0], rtcpChannel: outlet.channels[1], sequence: random32() % 2 ** 16, packets: 0, octets: 0 };
    this.#rubbish = new RubbishSource(20_260_101);
    this.#stretch = fault?.kind === 'slow' ? (fault.times ?? 10) : 1;
  }

  /** RTP time of the next frame. */
  get nextTimestamp90k(): number {
    return this.#timestamp(this.#position);
  }

  /** Starts the flow: unit `startIndex` was due at `originMs`; what was due since then is passed over up to the last key frame. */
  begin(startIndex: number, originMs: number, nowMs: number): void {
    this.#position = startIndex;
    this.#originTicks = this.#unit(startIndex).decode90k;
    this.#originMs = originMs;
    this.#nextReportMs = nowMs + this.#reports.firstAfterMs;
    for (let ahead = startIndex + 1; this.#dueMs(ahead) <= nowMs; ahead++) {
      if (this.#unit(ahead).key) this.#position = ahead;
    }
  }

  /** Goes on with another clip of the same codec, from its beginning, where the next frame of this one was due. */
  switchTo(clip: Clip): void {
    const [dueMs, ticks] = [this.#dueMs(this.#position), this.#decodeTicks(this.#position)];
    this.#timestampBase += Math.round(ticks * this.#stretch);
    this.#clip = clip;
    this.#position = 0;
    this.#originTicks = this.#unit(0).decode90k;
    this.#originMs = dueMs;
  }

  /** The next frame goes out with a sender report before it. */
  reportSoon(): void {
    this.#nextReportMs = 0;
  }

  /** Sends all frames that are due and says when the next one is (wall ms; infinity when there is none). */
  sendDue(nowMs: number): number {
    if (this.#fault?.kind === 'silent') return Number.POSITIVE_INFINITY;
    while (!this.#over && !this.outlet.gone && this.#dueMs(this.#position) <= nowMs) {
      if (nowMs >= this.#nextReportMs) this.#report(nowMs);
      this.#sendOrDrop(this.#unit(this.#position));
      this.#position++;
    }
    return this.#over || this.outlet.gone ? Number.POSITIVE_INFINITY : this.#dueMs(this.#position);
  }

  /** True when a camera that stalls has fallen silent: it answers nothing either. */
  get stalled(): boolean {
    return this.#over && this.#fault?.kind === 'stalls';
  }

  cut(): void {
    this.#over = true;
    this.outlet.cut();
  }

  #unit(position: number): AccessUnit {
    const unit = this.#clip.units[position % this.#clip.units.length];
    if (!unit) throw new Error('a clip is never empty');
    return unit;
  }

  #roundTicks(position: number): number {
    return Math.floor(position / this.#clip.units.length) * this.#clip.loop90k - this.#originTicks;
  }

  #decodeTicks(position: number): number {
    return this.#roundTicks(position) + this.#unit(position).decode90k;
  }

  #dueMs(position: number): number {
    return this.#originMs + (this.#decodeTicks(position) * this.#stretch * 1000) / TICKS_PER_S;
  }

  #timestamp(position: number): number {
    return this.#timestampBase + Math.round((this.#roundTicks(position) + this.#unit(position).present90k) * this.#stretch);
  }

  #sendOrDrop(unit: AccessUnit): void {
    if (this.outlet.unreadBytes > MAX_UNREAD_BYTES) this.#waitForKey = true;
    else if (unit.key) this.#waitForKey = false;
    if (this.#waitForKey) {
      this.#counts.framesDropped++;
      return;
    }
    if (this.#fault?.kind === 'jumps' && this.#sent === this.#fault.afterFrames) this.#timestampBase += this.#fault.byS * TICKS_PER_S;
    const packetsBefore = this.stream.packets;
    const bytes = this.#packetsOf(unit);
    this.outlet.write(bytes);
    this.#counts.frames++;
    this.#counts.packets += this.stream.packets - packetsBefore;
    this.#counts.bytes += bytes.length;
    this.#sent++;
    if (this.#fault?.kind === 'dies' && this.#sent >= this.#fault.afterFrames) {
      this.#over = true;
      this.outlet.end();
    }
    if (this.#fault?.kind === 'stalls' && this.#sent >= this.#fault.afterFrames) {
      this.#over = true;
      const next = this.#packetsOf(this.#unit(this.#position + 1));
      this.outlet.write(next.subarray(0, Math.min(next.length, MAX_PAYLOAD) >> 1));
    }
  }

  #packetsOf(unit: AccessUnit): Buffer {
    const timestamp90k = this.#timestamp(this.#position);
    if (this.#fault?.kind === 'no-video') return this.#silence(timestamp90k);
    if (this.#fault?.kind === 'rubbish' && this.#fault.where !== 'sdp') return this.#garbage(this.#fault.where, timestamp90k);
    const whole = withParameterSets(this.#clip, unit);
    return packetise(this.#clip.codec, this.stream, this.#fault?.kind === 'truncated' ? truncate(this.#clip.codec, whole, this.#fault.keep ?? 0.3) : whole, timestamp90k);
  }

  #garbage(where: 'payload' | 'framing', timestamp90k: number): Buffer {
    const payload = this.#rubbish.bytes(700);
    return where === 'framing' ? payload : Buffer.concat([rtpHeader(this.stream, payload.length, true, timestamp90k), payload]);
  }

  /** 20 ms of A-law silence (RFC 3551, 4.5.14; its clock runs at 8 kHz). */
  #silence(timestamp90k: number): Buffer {
    const samples = Buffer.alloc(160, 0xd5);
    return Buffer.concat([rtpHeader(this.stream, samples.length, false, Math.round((timestamp90k * 8) / 90)), samples]);
  }

  #report(nowMs: number): void {
    const { everyMs, clockAheadMs } = this.#reports;
    this.#nextReportMs = nowMs + (everyMs ?? 0);
    if (everyMs === null || this.#fault?.kind === 'rubbish') return;
    const elapsed90k = Math.round(((nowMs - this.#originMs) * TICKS_PER_S) / 1000);
    this.outlet.write(senderReport(this.stream, nowMs + clockAheadMs, this.#timestampBase + elapsed90k));
  }
}

/** A key frame is sent with its parameter sets, as cameras do, also where the file keeps them apart. */
function withParameterSets({ codec, vps, sps, pps }: Clip, unit: AccessUnit): readonly Buffer[] {
  const nals = unit.nals();
  const hasThem = nals.some((nal) => (codec === 'h265' ? hevcNalType(nal) === HEVC_SPS : nalType(nal) === NAL_SPS));
  return unit.key && !hasThem ? [...vps, ...sps, ...pps, ...nals] : nals;
}
