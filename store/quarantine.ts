/** Messages nobody could read: the newest are kept, all are counted. */
import type { QuarantinedMessage } from '../domain/device.ts';
import type { Database } from './database.ts';

/** At 8 KiB of payload each about 110 MB of base64 at worst. */
export const QUARANTINE_KEPT = 10_000;

export class QuarantineShelf {
  readonly #database: Database;
  readonly #kept: number;

  constructor(database: Database, kept = QUARANTINE_KEPT) {
    this.#database = database;
    this.#kept = kept;
  }

  /** Idempotent on the message's id; the oldest make room. */
  async addQuarantined(message: QuarantinedMessage): Promise<void> {
    await this.#database.transaction(async (tx) => {
      // Not ON CONFLICT DO NOTHING alone: that would use up a number of the sequence, and the newest number is the count of all.
      const added = await tx.query<{ seq: number }>(
        `INSERT INTO quarantine (id, device_id, topic, reason, payload_base64, payload_bytes, received_at_ms)
         SELECT $1, $2, $3, $4, $5, $6::bigint, $7::bigint WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE id = $1)
         ON CONFLICT (id) DO NOTHING RETURNING seq`,
        [message.id, message.deviceId, message.topic, message.reason, message.payloadBase64, message.payloadBytes, message.receivedAtMs],
      );
      if (added[0]) await tx.query('DELETE FROM quarantine WHERE seq <= $1', [added[0].seq - this.#kept]);
    });
  }

  /** Newest first. */
  async quarantined(limit: number): Promise<readonly QuarantinedMessage[]> {
    return this.#database.query<QuarantinedMessage>(
      `SELECT id, device_id AS "deviceId", topic, reason, payload_base64 AS "payloadBase64", payload_bytes AS "payloadBytes", received_at_ms AS "receivedAtMs"
       FROM quarantine ORDER BY seq DESC LIMIT $1`,
      [limit],
    );
  }

  /** How many there ever were, those no longer kept included. */
  async quarantinedEver(): Promise<number> {
    return (await this.#database.query<{ ever: number }>('SELECT coalesce(max(seq), 0) AS ever FROM quarantine', []))[0]?.ever ?? 0;
  }
}
