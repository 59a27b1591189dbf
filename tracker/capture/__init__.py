"""Where frames come from: pcap, pcapng, files and streams. Knows no TCP."""
