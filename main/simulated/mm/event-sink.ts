/** Where a data structure reports its changes. `active` is asked first: without a listener no event is built. */
export interface EventSink<Event> {
  readonly active: boolean;
  emit(event: Event): void;
}
