/** English words of the field itself: stages, severities, sources, moves. */
import type { CameraStatus, GatePolicy } from '../../../domain/camera.ts';
import type { CaseEvent, CloseCode, Move, OrderStatus, Stage } from '../../../domain/case.ts';
import type { ObjectClass } from '../../../domain/detection.ts';
import type { FindingSource, PlaceBasis, RegionSubject } from '../../../domain/finding.ts';
import type { Certainty, Severity, Urgency } from '../../../domain/gravity.ts';
import type { HealthFault } from '../../../domain/health.ts';
import type { Role } from '../../../domain/operator.ts';
import type { CameraFault, CameraRuleKind, Crossing } from '../../../domain/rule.ts';
import type { Category } from '../case/categories.ts';

export const enField = {
  stages: {
    reported: 'Reported',
    classified: 'Classified',
    handling: 'Handling',
    following_up: 'Follow-up',
    closed: 'Closed',
  } satisfies Record<Stage, string>,
  severities: { Extreme: 'Extreme', Severe: 'Severe', Moderate: 'Moderate', Minor: 'Minor', Unknown: 'Unknown' } satisfies Record<Severity, string>,
  urgencies: { Immediate: 'Immediate', Expected: 'Expected', Future: 'Future', Past: 'Past', Unknown: 'Unknown' } satisfies Record<Urgency, string>,
  certainties: { Observed: 'Observed', Likely: 'Likely', Possible: 'Possible', Unlikely: 'Unlikely', Unknown: 'Unknown' } satisfies Record<Certainty, string>,
  sources: { camera: 'Camera', sensor: 'Sensor', sos: 'SOS', health: 'Camera health' } satisfies Record<FindingSource, string>,
  classes: { person: 'person', bicycle: 'bicycle', car: 'car', motorcycle: 'motorcycle', bus: 'bus', truck: 'truck' } satisfies Record<ObjectClass, string>,
  ruleKinds: {
    intrusion: 'Intrusion',
    'line-crossing': 'Line crossing',
    loitering: 'Loitering',
    crowd: 'Crowd',
    absence: 'Post unattended',
    'wrong-way': 'Wrong way',
    parked: 'Parked vehicle',
    'left-object': 'Object left behind',
    'removed-object': 'Object removed',
    tamper: 'Camera tampering',
  } satisfies Record<CameraRuleKind, string>,
  crossings: { 'to-left': 'crossed to the left', 'to-right': 'crossed to the right' } satisfies Record<Crossing, string>,
  changes: { left: 'something left behind', removed: 'something taken away' } satisfies Record<RegionSubject['change'], string>,
  faults: { covered: 'view covered', defocused: 'picture out of focus', moved: 'camera turned or moved' } satisfies Record<CameraFault, string>,
  healthFaults: {
    'no-packets': 'Camera sends nothing',
    frozen: 'Picture frozen',
    black: 'Picture black',
    covered: 'View covered',
    defocused: 'Picture out of focus',
    moved: 'Camera turned or moved',
    'clock-jump': 'Camera clock jumped',
  } satisfies Record<HealthFault, string>,
  healthMeans: {
    'no-packets': 'The camera is away or silent: nothing of its scene is watched.',
    frozen: 'It sends the same picture again and again.',
    black: 'Its picture is dark and flat: nothing can be seen in it.',
    covered: 'Something is before the lens.',
    defocused: 'All is in its place, and its fine detail is gone.',
    moved: 'It shows another scene than before: zones and ground plane no longer fit. After ten minutes the new view counts as its own.',
    'clock-jump': 'The times of its pictures leapt against the arrival of its stream.',
  } satisfies Record<HealthFault, string>,
  gate: {
    states: { idle: 'idle', active: 'active', hold: 'active, calming down' } satisfies Record<GatePolicy['state'], string>,
    decodes: { 'key-frames': 'key frames decoded', everything: 'every picture decoded' } satisfies Record<GatePolicy['decodes'], string>,
    because: {
      'keys-often-enough': 'key frames come often enough',
      'keys-too-rare': 'key frames come too rarely',
      'packet-sizes': 'packet sizes tell when something moves',
      'gate-off': 'the site wants every picture',
      'every-picture-a-key': 'every picture is a key frame',
      overload: 'the machine cannot keep up',
    } satisfies Record<GatePolicy['because'], string>,
    keyEvery: (seconds: string) => `one in ${seconds} s`,
    trigger: { learning: 'packet sizes: learning', on: 'packet sizes: believed', off: 'packet sizes: not believed' } satisfies Record<GatePolicy['packetTrigger'], string>,
    evidenceAway: (why: string) => `main stream away, evidence is made of this one: ${why}`,
    clocks: { rtcp: "camera's own clock", arrival: 'times by arrival' } satisfies Record<NonNullable<CameraStatus['clock']>, string>,
  },
  roles: { admin: 'Administrator', dispatcher: 'Dispatcher', viewer: 'Viewer' } satisfies Record<Role, string>,
  closeCodes: { true: 'True alarm', false: 'False alarm', duplicate: 'Duplicate', test: 'Test or drill' } satisfies Record<CloseCode, string>,
  categories: {
    intrusion: 'Intrusion',
    help: 'Person in need of help',
    order: 'Public order',
    fire_gas: 'Fire, smoke or gas',
    environment: 'Environment',
    traffic: 'Traffic and roads',
    facility: 'Facility or equipment fault',
    other: 'Other',
  } satisfies Record<Category, string>,
  orderStatuses: {
    sent: 'Sent',
    acknowledged: 'Acknowledged',
    en_route: 'En route',
    on_scene: 'On scene',
    done: 'Done',
    declined: 'Declined',
    recalled: 'Recalled',
  } satisfies Record<OrderStatus, string>,
  cameraStates: {
    connecting: 'connecting',
    streaming: 'streaming',
    'backing-off': 'down, trying again',
    stopped: 'stopped',
  } satisfies Record<CameraStatus['state'], string>,
  placeBases: {
    'ground-plane': "Measured: the object's foot point, projected through the camera's surveyed ground plane.",
    'device-fix': 'Measured: the position the device sent with this message.',
    'last-known': "Last known position; the message carried no fix.",
    'device-location': 'Place where the device is installed.',
    'home-cell': 'Home cell only: the exact place is not known.',
  } satisfies Record<PlaceBasis, string>,
  moves: {
    claim: 'Claim',
    release: 'Release',
    classify: 'Classify',
    dispatch: 'Dispatch',
    follow_up: 'Follow up',
    rework: 'Rework',
    close: 'Close',
  } satisfies Record<Move, string>,
  history: {
    opened: 'Case opened',
    order: 'Order',
    claim: 'Claimed',
    release: 'Released',
    classify: 'Classified',
    dispatch: 'Patrol dispatched',
    follow_up: 'Followed up',
    rework: 'Sent back for rework',
    close: 'Closed',
  } satisfies Record<CaseEvent['what'], string>,
};
