// Words of drawing, measuring and laying out.
import { speaker, type Word } from "./say";

export const { say } = speaker("tools");
export type ToolWord = Word<"tools">;
