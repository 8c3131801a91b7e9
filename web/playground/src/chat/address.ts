// What the chat calls the server in the tab where others have an address.
export const tabAddress = "ws://tab";
