/** Live video as it travels from a camera to a browser: one beginning (the init segment), then a fragment per picture. */

/** As the camera sends it, or with every face made unreadable. */
export const LIVE_VARIANTS = ['plain', 'redacted'] as const;
export type LiveVariant = (typeof LIVE_VARIANTS)[number];

/** What a player has to know before the first fragment. A camera that reconnects or changes its stream begins anew. */
export interface LiveBegin {
  /** RFC 6381, e.g. `video/mp4; codecs="avc1.64001f"`; null where no browser plays it (Motion JPEG). */
  readonly mime: string | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  /** When the picture at time 0 of the video was taken, as far as that can be told: a player shows by it how old its picture is. */
  readonly zeroAtMs: number;
}

/** What a page is told in words of JSON, between the binary messages: the init segment after each beginning, then fragments. */
export type LiveWord =
  | ({ readonly kind: 'begin'; readonly variant: LiveVariant } & LiveBegin)
  /** A camera's clock runs on in its own way: from here on time 0 of the video is said to be then. */
  | { readonly kind: 'clock'; readonly zeroAtMs: number }
  /** The camera's stream is over for now. */
  | { readonly kind: 'end' }
  /** The session or its rights are: another ticket will tell. */
  | { readonly kind: 'over' };

/** Somebody who watches. Every call returns at once. `bytes` may be shared with others and must not be changed. */
export interface LiveViewer {
  begin(begin: LiveBegin, init: Uint8Array): void;
  /** One picture (moof and mdat). A decoder may begin at `key`; who left one out waits for the next key. `zeroAtMs` is as in the beginning, told anew. */
  fragment(bytes: Uint8Array, key: boolean, zeroAtMs?: number): void;
  /** The camera's stream is over for now; another may begin. */
  end(): void;
}
