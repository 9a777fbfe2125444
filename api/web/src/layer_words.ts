// Words of the layers: their names, their classes, what is told of the law of a day.
import { speaker, type Word } from "./say";

export const { say, has } = speaker("layers");
export type LayerWord = Word<"layers">;
