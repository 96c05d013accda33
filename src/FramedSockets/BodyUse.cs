namespace FramedSockets;

/// <summary>One output's use of a lent body, until it is disposed: sent, copied or given up; idempotent. The default is none.</summary>
internal readonly struct BodyUse(BodyUsers users, long number) : IDisposable
{
    public void Dispose() => users?.Remove(number);
}
