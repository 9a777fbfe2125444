// Words of the page of existing sites.
import { speaker } from "./say";

export const { say, has } = speaker("belgium");
