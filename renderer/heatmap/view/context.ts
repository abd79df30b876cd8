import { createContext, useContext } from 'react';
import type { MapView } from './map-view.ts';

export const MapContext = createContext<MapView | null>(null);

export function useMap(): MapView {
  const map = useContext(MapContext);
  if (!map) throw new Error('no MapContext above this component');
  return map;
}
