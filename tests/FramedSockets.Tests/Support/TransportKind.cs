namespace FramedSockets.Tests.Support;

/// <summary>What a suite runs over.</summary>
public enum TransportKind
{
    Sockets,
    Linux,
    LinuxInline,
}
