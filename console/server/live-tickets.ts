/** Tickets to live video: a page cannot send our header with a WebSocket, so it fetches a ticket first; good once, for seconds, for one session and one camera. */
import { z } from 'zod';
import { LIVE_VARIANTS, type LiveVariant } from '../../domain/live-video.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import { hashOfSecret } from './sign-in.ts';

export const TICKET_MS = 30_000;

/** Where tickets lie until they are used: with several desks the socket may reach another than the one that gave the ticket. */
export interface TicketShelf {
  keepTicket(hash: string, ticket: string, forMs: number): Promise<void>;
  /** Answers it once, to whoever comes first; null afterwards, or when it ran out. */
  takeTicket(hash: string): Promise<string | null>;
}

const ticket = z.strictObject({ tokenHash: z.string(), cameraId: z.string(), variant: z.enum(LIVE_VARIANTS), purpose: z.string(), untilMs: z.number() });

export interface LivePass {
  readonly cameraId: string;
  readonly variant: LiveVariant;
  /** What it is looked at for; noted where faces can be recognised. */
  readonly purpose: string;
}

export class LiveTickets {
  readonly #shelf: TicketShelf;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(shelf: TicketShelf, env: { readonly clock: Clock; readonly ids: Ids }) {
    this.#shelf = shelf;
    this.#clock = env.clock;
    this.#ids = env.ids;
  }

  /** The secret goes to the page and nowhere else; only its hash is kept. */
  async issue(tokenHash: string, pass: LivePass): Promise<string> {
    const secret = this.#ids.secret();
    const kept: z.output<typeof ticket> = { ...pass, tokenHash, untilMs: this.#clock.nowMs() + TICKET_MS };
    await this.#shelf.keepTicket(hashOfSecret(secret), JSON.stringify(kept), TICKET_MS);
    return secret;
  }

  /** Uses the ticket up, also when somebody else's session shows it: then it has been seen where it should not. Throws LIVE_TICKET_REFUSED. */
  async redeem(secret: string, tokenHash: string): Promise<LivePass> {
    const text = await this.#shelf.takeTicket(hashOfSecret(secret));
    const kept = text === null ? null : ticket.parse(JSON.parse(text));
    if (kept?.tokenHash !== tokenHash || kept.untilMs < this.#clock.nowMs()) throw new GridwardenError('LIVE_TICKET_REFUSED');
    const { cameraId, variant, purpose } = kept;
    return { cameraId, variant, purpose };
  }
}
