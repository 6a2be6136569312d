/** English words of the field itself: stages, severities, sources, moves. */
import type { CameraStatus } from '../../../domain/camera.ts';
import type { CaseEvent, CloseCode, Move, OrderStatus, Stage } from '../../../domain/case.ts';
import type { ObjectClass } from '../../../domain/detection.ts';
import type { FindingSource, PlaceBasis, RegionSubject } from '../../../domain/finding.ts';
import type { Certainty, Severity, Urgency } from '../../../domain/gravity.ts';
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
  sources: { camera: 'Camera', sensor: 'Sensor', sos: 'SOS' } satisfies Record<FindingSource, string>,
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
