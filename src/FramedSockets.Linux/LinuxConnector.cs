using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>Opens connections.</summary>
internal sealed class LinuxConnector(SystemCalls calls, EventLoops loops, LinuxTransportOptions options)
{
    private const int SocketLevel = 1;
    private const int ErrorOption = 4;
    private const int KeepAliveOption = 9;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int IPv6Level = 41;
    private const int IPv6OnlyOption = 26;

    /// <summary>TCP's options for the time before the first probe, between two, and how many there are.</summary>
    private static readonly (int Name, int Value)[] KeepAlive = [(4, 60), (5, 10), (6, 6)];

    /// <summary>How long to wait before one tries again whom a Unix socket's full backlog turned away: no event tells of room in it.</summary>
    private static readonly TimeSpan UntilRoom = TimeSpan.FromMilliseconds(10);

    public async ValueTask<LinuxConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        if (endPoint is not DnsEndPoint name)
        {
            return await ConnectToAddressAsync(endPoint, cancellationToken).ConfigureAwait(false);
        }

        var addresses = await Dns.GetHostAddressesAsync(name.Host, name.AddressFamily, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < addresses.Length; i++)
        {
            try
            {
                return await ConnectToAddressAsync(new IPEndPoint(addresses[i], name.Port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (i < addresses.Length - 1)
            {
                // The name has another address.
            }
        }

        throw new SocketException((int)SocketError.HostNotFound);
    }

    private async ValueTask<LinuxConnection> ConnectToAddressAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var isTcp = endPoint is not UnixDomainSocketEndPoint;
        var descriptor = new DescriptorHandle(Errno.Check(calls.CreateSocket(Family(endPoint))));
        try
        {
            if (isTcp)
            {
                SetOptions(descriptor);
                if (endPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true })
                {
                    // The system may be told that sockets of IPv6 are for nothing else (net.ipv6.bindv6only).
                    _ = Errno.Check(calls.SetOption(descriptor, IPv6Level, IPv6OnlyOption, 0));
                }
            }

            var loop = loops.Next();
            await ConnectAsync(descriptor, endPoint, loop, cancellationToken).ConfigureAwait(false);
            var local = SocketAddresses.OfThisSide(calls, descriptor, endPoint);
            return new(new(descriptor, loop, calls, options.Scheduling, isTcp), options.Sockets, local, endPoint);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private async ValueTask ConnectAsync(DescriptorHandle descriptor, EndPoint endPoint, EventLoop loop, CancellationToken cancellationToken)
    {
        var address = endPoint.Serialize();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = calls.Connect(descriptor, address.Buffer.Span[..address.Size]);
            if (result == -Errno.InProgress)
            {
                await WaitAsync(descriptor, loop, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (result != -Errno.TryAgain)
            {
                _ = Errno.Check(result);
                return;
            }

            await Task.Delay(UntilRoom, options.Sockets.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WaitAsync(DescriptorHandle descriptor, EventLoop loop, CancellationToken cancellationToken)
    {
        var waiter = new EventWaiter();
        _ = Errno.Check(loop.Register(descriptor, waiter, EpollEvents.Output | EpollEvents.EdgeTriggered, out var token));
        try
        {
            await waiter.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            loop.Remove(descriptor, token);
        }

        // One that is under way still has no error to read.
        _ = Errno.Check(waiter.IsLost ? -Errno.NoBufferSpace : -ReadError(descriptor));
    }

    private int ReadError(DescriptorHandle descriptor)
    {
        Span<byte> error = stackalloc byte[sizeof(int)];
        _ = Errno.Check(calls.GetOption(descriptor, SocketLevel, ErrorOption, error));
        return MemoryMarshal.Read<int>(error);
    }

    private void SetOptions(DescriptorHandle descriptor)
    {
        _ = Errno.Check(calls.SetOption(descriptor, TcpLevel, NoDelayOption, options.Sockets.NoDelay ? 1 : 0));
        if (options.Sockets.KeepAlive)
        {
            _ = Errno.Check(calls.SetOption(descriptor, SocketLevel, KeepAliveOption, 1));
            foreach (var (option, value) in KeepAlive)
            {
                _ = Errno.Check(calls.SetOption(descriptor, TcpLevel, option, value));
            }
        }
    }

    /// <summary>The family's number on Linux, where that of IPv6 is another than in .NET.</summary>
    private static int Family(EndPoint endPoint) => endPoint.AddressFamily switch
    {
        AddressFamily.InterNetwork => 2,
        AddressFamily.InterNetworkV6 => 10,
        AddressFamily.Unix => 1,
        _ => throw new NotSupportedException($"Addresses of the family {endPoint.AddressFamily} are not supported."),
    };
}
