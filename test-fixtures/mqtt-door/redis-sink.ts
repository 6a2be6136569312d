/** The sink as main/ wires it: every kind of event as its job, SOS on a connection of its own. */
import type { EventSink } from '../../gateway/mqtt/admission.ts';
import type { Producer } from '../../queue/producer.ts';

export function redisSink(producer: Producer, sosProducer: Producer): EventSink {
  return {
    keepMeasurements: (events) => producer.add({ name: 'measurements.batch', payload: { events: [...events] } }),
    keepSos: (event) => sosProducer.add({ name: 'sos.raised', payload: { event } }),
    keepPatrol: (events) => producer.add({ name: 'patrol.batch', payload: { events: [...events] } }),
    quarantine: (message) => producer.add({ name: 'message.quarantined', payload: { message } }),
  };
}
