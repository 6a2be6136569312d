/** The simulated patrols: phones that tell where they are, take orders, walk there and report. */
import type { MqttClient } from 'mqtt';
import { distanceM, type LonLat } from '../../domain/geo.ts';
import type { OrderMessage } from '../../domain/patrol.ts';
import { dutyTopic, orderStatusTopic, ordersTopic } from '../../domain/topics.ts';
import { connectDevice, type DeviceWorld, publish } from './devices.ts';
import { type DistrictCell, PATROLS } from './layout.ts';

const FIX_EVERY_MS = 2000;
/** An electric patrol cart, not a walker: the demo should be worth watching. */
const SPEED_M_PER_S = 9;
const ARRIVED_M = 12;

export async function runPatrols(world: DeviceWorld, cells: readonly DistrictCell[]): Promise<void> {
  await Promise.all(Array.from({ length: PATROLS }, (_, n) => runPatrol(world, cells, n)));
}

async function runPatrol(world: DeviceWorld, cells: readonly DistrictCell[], n: number): Promise<void> {
  const { signal } = world;
  const patrolId = `patrol-${n + 1}`;
  const client = await connectDevice(world, `phone-${n + 1}`);
  const orders: OrderMessage[] = [];
  const known = new Set<string>();
  client.on('message', (_, payload) => {
    const order = JSON.parse(payload.toString()) as OrderMessage;
    if (!known.has(order.orderId) && !order.recalled) orders.push(order);
    known.add(order.orderId);
    const waiting = orders.findIndex((one, i) => i > 0 && one.orderId === order.orderId);
    if (order.recalled && waiting > 0) orders.splice(waiting, 1);
  });
  await client.subscribeAsync(ordersTopic(patrolId), { qos: 1 });
  publish(client, dutyTopic(patrolId), { onDuty: true });

  let at = somewhere(world, cells);
  let goal = somewhere(world, cells);
  while (!signal.aborted) {
    const order = orders[0];
    if (order) {
      at = await work(world, client, patrolId, at, order);
      orders.shift();
      continue;
    }
    if (distanceM(at, goal) < ARRIVED_M) goal = somewhere(world, cells);
    at = await step(world, client, patrolId, at, goal);
  }
  await client.endAsync(true);
}

function somewhere(world: DeviceWorld, cells: readonly DistrictCell[]): LonLat {
  return (cells[Math.floor(world.ids.random() * cells.length)] as DistrictCell).centre;
}

/** Acknowledge → en route → on scene → done, with the walk in between. */
async function work(world: DeviceWorld, client: MqttClient, patrolId: string, from: LonLat, order: OrderMessage): Promise<LonLat> {
  const { clock, signal } = world;
  const tell = (status: string, note?: string): void => publish(client, orderStatusTopic(patrolId, order.orderId), { status, at: clock.nowMs(), ...(note ? { note } : {}) });
  await clock.sleep(world.hurried ? 500 : 3000, signal);
  tell('acknowledged');
  await clock.sleep(world.hurried ? 500 : 2000, signal);
  tell('en_route');
  let at = from;
  const mostSteps = world.hurried ? 2 : 60;
  for (let steps = 0; order.at && steps < mostSteps && distanceM(at, order.at) > ARRIVED_M && !signal.aborted; steps++) {
    at = await step(world, client, patrolId, at, order.at);
  }
  tell('on_scene');
  await clock.sleep(world.hurried ? 1000 : 8000, signal);
  tell('done', '现场已处理 Handled on the spot');
  return at;
}

/** Moves towards the goal for one reporting interval and tells the position as OwnTracks does. */
async function step(world: DeviceWorld, client: MqttClient, patrolId: string, from: LonLat, goal: LonLat): Promise<LonLat> {
  const { clock, ids, signal } = world;
  const share = Math.min(1, (SPEED_M_PER_S * FIX_EVERY_MS) / 1000 / Math.max(distanceM(from, goal), 0.1));
  const at = { lon: from.lon + (goal.lon - from.lon) * share, lat: from.lat + (goal.lat - from.lat) * share };
  publish(client, `owntracks/${patrolId}/phone`, {
    _type: 'location',
    lat: at.lat,
    lon: at.lon,
    tst: Math.floor(clock.nowMs() / 1000),
    acc: 5 + Math.round(ids.random() * 8),
    vel: Math.round(SPEED_M_PER_S * 3.6),
    batt: 80,
    t: 't',
    tid: patrolId.slice(-2),
  });
  await clock.sleep(FIX_EVERY_MS, signal);
  return at;
}
