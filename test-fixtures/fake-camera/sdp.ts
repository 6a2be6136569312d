/** What the camera says of its stream: a session description (RFC 4566; H.264 parameters RFC 6184, 8.2.1; H.265 parameters RFC 7798, 7.1; JPEG RFC 2435, 4.2). */
import type { Clip } from './clip.ts';
import type { Fault } from './fault.ts';

export const TRACK = 'trackID=0';

/** RTP payload type of what the camera claims to send: static numbers by RFC 3551, else dynamic ones. */
export function payloadTypeOf(clip: Clip, fault: Fault | null): number {
  if (fault?.kind === 'no-video') return 8;
  if (fault?.kind !== 'wrong-codec') return clip.codec === 'mjpeg' ? 26 : 96;
  switch (fault.codec) {
    case 'JPEG':
      return 26;
    case 'MPV':
      return 32;
    case 'H265':
      return 97;
  }
}

export function describe(clip: Clip, fault: Fault | null, host: string): string {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP${host.includes(':') ? 6 : 4} ${host}`,
    's=Gridwarden fake camera',
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    `m=${fault?.kind === 'no-video' ? 'audio' : 'video'} 0 RTP/AVP ${payloadTypeOf(clip, fault)}`,
    ...mediaLines(clip, fault),
    `a=control:${TRACK}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(clip: Clip, fault: Fault | null): string[] {
  if (fault?.kind === 'no-video') return ['a=rtpmap:8 PCMA/8000'];
  if (fault?.kind === 'wrong-codec') return [`a=rtpmap:${payloadTypeOf(clip, fault)} ${fault.codec}/90000`];
  const base64 = (sets: readonly Buffer[]): string => sets.map((set) => set.toString('base64')).join(',');
  switch (clip.codec) {
    case 'h264':
      return ['a=rtpmap:96 H264/90000', `a=fmtp:96 packetization-mode=1;profile-level-id=${clip.sps[0]?.toString('hex', 1, 4).toUpperCase() ?? ''};sprop-parameter-sets=${base64([...clip.sps, ...clip.pps])}`];
    case 'h265':
      return ['a=rtpmap:96 H265/90000', `a=fmtp:96 sprop-vps=${base64(clip.vps)};sprop-sps=${base64(clip.sps)};sprop-pps=${base64(clip.pps)}`];
    case 'mjpeg':
      return ['a=rtpmap:26 JPEG/90000'];
  }
}
