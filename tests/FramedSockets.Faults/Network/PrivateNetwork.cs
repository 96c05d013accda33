using System.Net;
using System.Net.Sockets;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Network;

/// <summary>A server and its clients on a loopback interface of their own, whose packets are a test's to lose, to delay and to refuse.</summary>
internal sealed class PrivateNetwork : IAsyncDisposable
{
    private readonly NetworkNamespace _network = new();
    private readonly ServerCounts _counts = new();
    private readonly TcpFrameClient<Order> _client = new(Wire.Codec);

    private PrivateNetwork(FrameDeadlines deadlines) => Server = new(Wire.Codec, HandleAsync, new() { Deadlines = deadlines });

    public TcpFrameServer<Order> Server { get; }

    public int Port => ((IPEndPoint)Server.LocalEndPoint!).Port;

    public static async Task<PrivateNetwork> StartAsync(FrameDeadlines? deadlines = null)
    {
        var network = new PrivateNetwork(deadlines ?? FrameDeadlines.Default);

        // Packets of the size of an Ethernet, as elsewhere.
        network._network.Shell("ip link set lo mtu 1500");
        await network._network.Run(() => network.Server.StartAsync()).Soon();
        return network;
    }

    public void Shell(string command) => _network.Shell(command);

    public Task<FrameConnection<Order>> ConnectAsync() => _network.Run(() => _client.ConnectAsync(Server.LocalEndPoint!).AsTask()).Soon();

    public Task<Socket> ConnectRawAsync() => _network.Run(() => Clients.ConnectRawAsync(Server.LocalEndPoint!)).Soon();

    /// <summary>Connections that ended for a reason.</summary>
    public long CountEnded(FramedSocketError error) => _counts.Of(Server.LocalEndPoint!, $"connections.ended {error}");

    /// <summary>Waits until nobody is connected.</summary>
    public async Task<TimeSpan> UntilEmptyAsync(TimeSpan most)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var start = TimeProvider.System.GetTimestamp();
        while (Server.ConnectionCount > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < most, $"{Server.ConnectionCount} connections are still there after {most}.");
            _ = await timer.WaitForNextTickAsync();
        }

        return TimeProvider.System.GetElapsedTime(start);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync().Soon();
        _counts.Dispose();
        _network.Dispose();
    }

    private static ValueTask HandleAsync(FrameConnection<Order> connection, Frame<Order> frame) => frame.Header.Do switch
    {
        "echo" when frame.IsStreamed => connection.SendAsync(frame.Header, frame.BodyReader, frame.BodyLength),
        "echo" => connection.SendAsync(frame.Header, frame.Body),
        "give" => connection.SendAsync(frame.Header, Wire.Body((int)frame.Header.Id)),
        _ => default,
    };
}
