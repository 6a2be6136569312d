/** 业务本身的用词：阶段、级别、来源、处置。 */
import type { enField } from './en-field.ts';

export const zhField: typeof enField = {
  stages: { reported: '发现上报', classified: '分类推送', handling: '协调处理', following_up: '跟踪回访', closed: '评价结案' },
  severities: { Extreme: '特别重大', Severe: '重大', Moderate: '较大', Minor: '一般', Unknown: '未定级' },
  urgencies: { Immediate: '立即', Expected: '一小时内', Future: '近期', Past: '已过', Unknown: '未知' },
  certainties: { Observed: '已确认', Likely: '很可能', Possible: '可能', Unlikely: '不太可能', Unknown: '未知' },
  sources: { camera: '摄像机', sensor: '传感器', sos: '求助' },
  classes: { person: '人员', bicycle: '自行车', car: '汽车', motorcycle: '摩托车', bus: '客车', truck: '货车' },
  roles: { admin: '管理员', dispatcher: '调度员', viewer: '查看员' },
  closeCodes: { true: '属实', false: '误报', duplicate: '重复', test: '测试或演练' },
  categories: {
    intrusion: '区域入侵',
    help: '群众求助',
    order: '治安秩序',
    fire_gas: '火情、烟雾、燃气',
    environment: '环境异常',
    traffic: '交通道路',
    facility: '设施设备故障',
    other: '其他',
  },
  orderStatuses: { sent: '已下达', acknowledged: '已接收', en_route: '赶赴中', on_scene: '已到场', done: '已完成', declined: '已拒绝', recalled: '已撤回' },
  cameraStates: { connecting: '正在连接', streaming: '正常', 'backing-off': '中断，正在重试', stopped: '已停止' },
  placeBases: {
    'ground-plane': '实测：目标落脚点经摄像机标定地平面投影得出。',
    'device-fix': '实测：设备随本条消息上报的位置。',
    'last-known': '最后已知位置；本条消息未带定位。',
    'device-location': '设备安装位置。',
    'home-cell': '仅知所属网格，确切位置未知。',
  },
  moves: { claim: '认领', release: '放回', classify: '分类', dispatch: '派警', follow_up: '回访', rework: '返工', close: '结案' },
  history: {
    opened: '立案',
    order: '指令',
    claim: '认领',
    release: '放回',
    classify: '分类推送',
    dispatch: '派出巡逻',
    follow_up: '跟踪回访',
    rework: '退回返工',
    close: '结案',
  },
};
