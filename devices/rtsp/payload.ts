/** What an RTP payload format gives: the coded pictures of a stream, one by one. */

/** Of the header of an RTP packet (RFC 3550, 5.1), what formats go by. */
export interface RtpPayload {
  /** 32 bits. */
  readonly timestamp: number;
  /** Of video: the last packet of a picture. */
  readonly marker: boolean;
  /** Packets are missing before it. */
  readonly lost: boolean;
}

export interface CodedPicture {
  /** Valid until the call returns. */
  readonly bytes: Buffer;
  readonly key: boolean;
  /** RTP's, 32 bits. */
  readonly timestamp: number;
}

export type GivePicture = (picture: CodedPicture) => void;

/** Takes the payloads of one stream in their order; `bytes` may be reused after the call. */
export interface PayloadFormat {
  push(bytes: Buffer, about: RtpPayload): void;
}
