// Words of the page of rules.
import { speaker, type Word } from "./say";

export const { say, has } = speaker("rules");
export type RulesWord = Word<"rules">;
