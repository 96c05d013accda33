namespace FramedSockets.Tests.Support;

/// <summary>What a test may need of the machine.</summary>
public enum Need
{
    Linux,

    /// <summary>An optimized library: the state machines of a debug build are classes, and cost an allocation each.</summary>
    Optimized,

    /// <summary>A network of its own: <see cref="NetworkNamespace"/>.</summary>
    Namespace,

    Python,

    /// <summary>System calls that fail on demand: <see cref="SystemCallFaults"/>.</summary>
    Strace,
}
