/** 实时视频用语。 */
import type { enVideo } from './en-video.ts';

export const zhVideo: typeof enVideo = {
  video: {
    live: '实时',
    watch: '看画面',
    open: (camera) => `看画面：${camera}实时视频`,
    close: '关闭',
    label: (camera) => `${camera}的实时视频`,
    age: (seconds) => `${seconds.toFixed(1)} 秒前`,
    variants: { plain: '可见人脸，本次查看已记录', redacted: '人脸已作不可辨认处理' },
    connecting: '正在取画面……',
    reconnecting: '线路中断，正在重连……',
    silent: '没有画面传来',
    away: '摄像机暂时离线，恢复后画面自动出现',
    unplayable: '本浏览器无法播放该摄像机的视频，也没有可播放的版本。',
  },
};
