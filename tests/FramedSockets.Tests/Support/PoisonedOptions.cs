using FramedSockets.Tcp;

namespace FramedSockets.Tests.Support;

/// <summary>Options of servers, clients and connections, one poisoning pool for all their buffers; at the end all of it has to be back.</summary>
internal sealed class PoisonedOptions : IAsyncDisposable
{
    public PoisonedOptions(TransportKind kind)
    {
        var transport = Transports.Create(kind, new() { Pool = Pool, LingerTimeout = TimeSpan.FromMilliseconds(200) });
        Connection = new() { Pool = Pool };
        Server = new() { Transport = transport, Connection = Connection };
        Client = new() { Transport = transport, Connection = Connection };
    }

    public PoisoningPool Pool { get; } = new();

    public FrameConnectionOptions Connection { get; }

    public TcpFrameServerOptions Server { get; }

    public TcpFrameClientOptions Client { get; }

    public ValueTask DisposeAsync() => new(Pool.EnsureAllReturnedAsync());
}
