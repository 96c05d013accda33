namespace FramedSockets.Tests.Support;

internal static class NetworkNamespaceExtensions
{
    /// <summary>Makes a socket in the namespace, or in this process's where there is none.</summary>
    public static T In<T>(this NetworkNamespace? network, Func<T> create) => network is null ? create() : network.Run(create);
}
