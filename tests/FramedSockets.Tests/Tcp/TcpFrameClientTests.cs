using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public abstract class TcpFrameClientTests(TransportKind kind) : CleanedUp
{
    public sealed class OverSockets() : TcpFrameClientTests(TransportKind.Sockets);

    public sealed class OverLinux() : TcpFrameClientTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : TcpFrameClientTests(TransportKind.LinuxInline);

    private readonly PoisonedOptions _options = new(kind);

    private TcpFrameClient<int> Client => new(new TagCodec(), _options.Client);

    public override ValueTask DisposeAsync() => _options.DisposeAsync();

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task It_connects_by_name_and_by_address(string host)
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        await using var connection = await Client.ConnectAsync(host, ((IPEndPoint)loopback.EndPoint).Port).Soon();
        await connection.SendAsync(1, Frames.Body(3)).Soon();
        Assert.True(await connection.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task An_address_of_IPv4_may_be_written_as_one_of_IPv6()
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        var mapped = new IPEndPoint(IPAddress.Loopback.MapToIPv6(), ((IPEndPoint)loopback.EndPoint).Port);
        await using var connection = await Client.ConnectAsync(mapped).Soon();
        await connection.SendAsync(1, Frames.Body(3)).Soon();
        Assert.True(await connection.WaitToReadAsync().Soon());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_536)]
    public void A_port_out_of_range_is_refused(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = Client.ConnectAsync("localhost", port); });

    [Fact]
    public async Task Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentNullException>(() => new TcpFrameClient<int>(null!));
        _ = Assert.Throws<ArgumentException>(() => { _ = Client.ConnectAsync("", 1); });
        _ = await Assert.ThrowsAsync<ArgumentNullException>(() => Client.ConnectAsync(null!).Soon());
    }

    [Fact]
    public async Task Nobody_there_is_the_socket_s_own_exception()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var failure = await Assert.ThrowsAsync<SocketException>(() => Client.ConnectAsync(bound.LocalEndPoint!).Soon());
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Connecting_ends_when_its_time_is_over_and_not_before()
    {
        var clock = new ManualTimeProvider();
        var client = new TcpFrameClient<int>(new TagCodec(), _options.Client with
        {
            Transport = new Silent(),
            ConnectTimeout = TimeSpan.FromSeconds(7),
            Connection = _options.Connection with { TimeProvider = clock },
        });
        var connect = client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1)).Soon();
        clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(connect.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains("7 s", (await Assert.ThrowsAsync<TimeoutException>(() => connect)).Message);
        Assert.Equal(0, clock.PendingTimers);
    }

    [Fact]
    public async Task Cancelling_ends_the_attempt_with_the_caller_s_token()
    {
        var client = new TcpFrameClient<int>(new TagCodec(), _options.Client with { Transport = new Silent() });
        using var cancel = new CancellationTokenSource();
        var connect = client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1), cancel.Token).Soon();
        await cancel.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connect);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }

    /// <summary>A network that never answers.</summary>
    private sealed class Silent : IFrameTransport
    {
        public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public async ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            throw new NotSupportedException();
        }
    }
}
