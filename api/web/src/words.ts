// Words of the map and of the panel of a candidate.
import { speaker, type Word } from "./say";

export const { say, has } = speaker("map");
export type WordKey = Word<"map">;
