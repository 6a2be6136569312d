/** English words for live video. */
export const enVideo = {
  video: {
    live: 'Live',
    watch: 'Watch',
    open: (camera: string) => `Watch live video: ${camera}`,
    close: 'Close',
    label: (camera: string) => `Live video of ${camera}`,
    age: (seconds: number) => `${seconds.toFixed(1)} s old`,
    variants: { plain: 'Faces can be seen; that you look is recorded', redacted: 'Faces are made unreadable' },
    connecting: 'Fetching the picture …',
    reconnecting: 'The line broke; trying again …',
    silent: 'No picture is coming',
    away: 'The camera is away; its picture comes back by itself',
    unplayable: 'This browser cannot play what the camera sends, and there is no version of it that it can.',
  },
};
