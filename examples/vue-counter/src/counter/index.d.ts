// Made by dev-server-client/vite from the exported functions of this Go program; made anew whenever they change.
import type { GoProgram } from "dev-server-client";

/**
 * Increment counts once more, and answers where that leads.
 */
export declare function Increment(): number;
export declare function Reset(): void;
export declare function Count(): number;
/**
 * Share is how much of a goal has been counted, from 0 to 1.
 */
export declare function Share(goal: number): number;
export declare function IsEven(): boolean;
declare const program: GoProgram;
export default program;
