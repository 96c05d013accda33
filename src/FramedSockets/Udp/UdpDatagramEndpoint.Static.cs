using System.Net;

namespace FramedSockets.Udp;

/// <summary>Makes datagram endpoints: bound ones, which talk to anybody, and connected ones, which talk to one peer.</summary>
public static class UdpDatagramEndpoint
{
    /// <summary>Binds an address, to receive from anybody and send to anybody.</summary>
    /// <typeparam name="THeader">The header's type.</typeparam>
    /// <param name="codec">The framing, the same as for TCP.</param>
    /// <param name="endPoint">
    /// An IP address with a port (0 lets the system choose), <c>::</c> for every address of both families, or, but on
    /// Windows, a <c>UnixDomainSocketEndPoint</c>, whose file is deleted at the end.
    /// </param>
    /// <param name="options">The options; <see cref="UdpDatagramOptions.Default"/> when <see langword="null"/>.</param>
    /// <returns>The endpoint; dispose it.</returns>
    /// <exception cref="ArgumentException">The endpoint is neither an IP address nor a Unix socket.</exception>
    /// <exception cref="PlatformNotSupportedException">The system has no datagrams on Unix sockets.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound, or an option is not known here.</exception>
    public static UdpDatagramEndpoint<THeader> Bind<THeader>(IHeaderCodec<THeader> codec, EndPoint endPoint, UdpDatagramOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(endPoint);
        options ??= UdpDatagramOptions.Default;
        return new(DatagramSockets.Bind(endPoint, options.Socket), codec, options, isConnected: false);
    }

    /// <summary>Connects to one peer: only its datagrams arrive, and the system tells when nobody listens there. Nothing is sent.</summary>
    /// <typeparam name="THeader">The header's type.</typeparam>
    /// <param name="codec">The framing, the same as for TCP.</param>
    /// <param name="remote">The peer: an IP address with a port, or, but on Windows, a <c>UnixDomainSocketEndPoint</c>.</param>
    /// <param name="local">
    /// Where to receive; <see langword="null"/> lets the system choose. A Unix peer can answer only an endpoint that has one. What comes to
    /// an address and port before they are connected, from whomever, is thrown away.
    /// </param>
    /// <param name="options">The options; <see cref="UdpDatagramOptions.Default"/> when <see langword="null"/>.</param>
    /// <returns>The endpoint; dispose it.</returns>
    /// <exception cref="ArgumentException">The peer is neither an IP address nor a Unix socket.</exception>
    /// <exception cref="PlatformNotSupportedException">The system has no datagrams on Unix sockets.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The peer cannot be reached, or an option is not known here.</exception>
    public static UdpDatagramEndpoint<THeader> Connect<THeader>(
        IHeaderCodec<THeader> codec, EndPoint remote, EndPoint? local = null, UdpDatagramOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(remote);
        options ??= UdpDatagramOptions.Default;
        return new(DatagramSockets.Connect(remote, local, options.Socket), codec, options, isConnected: true);
    }
}
