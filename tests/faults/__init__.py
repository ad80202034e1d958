"""What a room bears: real services and web processes are killed, stopped and cut off, by pid, while people watch."""
